// What the node tells by itself: brings it into the model, and has read anew what can't be told piece by piece.

// The name of a direct room in which the other one has said nothing.
const FINGERPRINT = /^@[0-9a-f]{4}(-[0-9a-f]{4}){3}$/;
// New authors within this time are looked up together.
const TOGETHER = 500;

export class News {
  /** Names of authors, as far as they were seen in lists of people. */
  #names = new Map();
  #timer = 0;

  constructor(session, announce) {
    this.session = session;
    this.model = session.model;
    this.announce = announce;
  }

  take({ event, data }) {
    const { model } = this;
    if (event === "subscribed" || event === "lost") this.session.refresh();
    else if (event === "chat.message") this.#arrived(data.message);
    else if (event === "chat.changed") this.#changed(data.message);
    else if (event === "chat.room") this.putRoom(data.room);
    else if (event === "chat.left") this.left(data.room);
    else if (event === "chat.peers") model.status.peers = data.peers;
    else if (event === "chat.name") model.me.name = data.name;
    if (event === "chat.peers" || event === "chat.name") model.touch("me", "connection");
  }

  #arrived(message) {
    const { model } = this;
    this.session.outbox.arrived(message);
    const timeline = model.timelines.get(message.room);
    const inserted = timeline?.insert(message) ?? false;
    if (inserted) timeline.trim(message.room === model.current && !model.atEnd?.());
    if (message.room !== model.current) return;
    this.session.reading.arrived(message, inserted);
    this.announce(message);
    const known = model.people.get(message.room)?.some((person) => person.author === message.author && person.name === message.name);
    if (!known && message.author) this.#peopleSoon();
    model.touch("timeline");
  }

  #peopleSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.session.loadPeople(), TOGETHER);
  }

  #changed(message) {
    const { model } = this;
    model.timelines.get(message.room)?.change(message);
    if (model.draft.edit?.id === message.id && message.deleted) {
      Object.assign(model.draft, { edit: null, text: "" });
      model.touch("composer");
    }
    if (message.room === model.current) model.touch("timeline");
  }

  putRoom(room) {
    this.model.rooms.set(room.room, this.named(room));
    this.model.touch("rooms", "connection", ...(room.room === this.model.current ? ["room"] : []));
  }

  left(room) {
    const { model } = this;
    for (const kept of [model.rooms, model.timelines, model.people, model.drafts]) kept.delete(room);
    if (model.current === room) {
      model.current = null;
      this.session.onready?.();
    }
    model.touch("rooms", "current", "timeline", "composer");
  }

  putPeople(room, people) {
    this.model.people.set(room, people);
    for (const person of people) this.#names.set(person.author, person.name);
    for (const one of this.model.rooms.values()) this.named(one);
    this.model.touch("people", "rooms");
  }

  /** A direct room in which the other one hasn't written is called by the name known from elsewhere. */
  named(room) {
    const name = room.kind === "direct" && FINGERPRINT.test(room.name) ? this.#names.get(room.author) : null;
    if (name) room.name = `@${name}`;
    return room;
  }
}
