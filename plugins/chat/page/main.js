// Puts the page together: the model, the session with the node, the views, and what each button and key does.

import { Actions } from "./actions.js";
import { announcer } from "./announcer.js";
import { Banner } from "./banner.js";
import { Composer } from "./composer.js";
import { Header } from "./header.js";
import { listen } from "./keys.js";
import { Messages, nothingOpen } from "./messages.js";
import { Model } from "./model.js";
import { Panel } from "./panel.js";
import { PeoplePanel } from "./people.js";
import { SearchPanel } from "./search.js";
import { Session } from "./session.js";
import { Sidebar } from "./sidebar.js";

const model = new Model();
const session = new Session(model, announcer(model));
const actions = new Actions(model, session);
const views = {
  sidebar: new Sidebar(model, actions),
  header: new Header(model, actions),
  banner: new Banner(model, session.rpc),
  messages: new Messages(model, session, actions),
  composer: new Composer(model, session, actions),
  panel: new Panel(model, { people: new PeoplePanel(model, actions), search: new SearchPanel(model, session, actions) }, actions),
};
actions.views = views;
const nothing = nothingOpen(actions);
document.getElementById("main").append(views.header.element, views.banner.element, views.messages.element, nothing, views.composer.element);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  views.composer.focus();
});
document.getElementById("scrim").addEventListener("click", () => actions.drawer(false));
model.on(["current", "rooms"], () => (nothing.hidden = !model.ready || model.room !== null));
nothing.hidden = true;

session.onready = () => actions.openFromAddress();
addEventListener("hashchange", () => actions.openFromAddress());
listen(actions);
model.touch("rooms", "current", "me", "connection");
session.start();
