const socket = new WebSocket(new URL("/rpc", location.href.replace(/^http/, "ws")));
const call = (id, method, params) => socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));

function show(scores) {
  const item = ([player, points]) => {
    const line = document.createElement("li");
    line.textContent = `${player}: ${points}`; // never as HTML: others chose the name
    return line;
  };
  document.querySelector("ol").replaceChildren(...Object.entries(scores).map(item));
}

socket.onopen = () => call(1, "events.subscribe", ["game"]);
socket.onmessage = (message) => {
  const told = JSON.parse(message.data);
  // Subscribed, something has happened, or something was lost: ask how things are.
  if (told.method) call(2, "game.scores", []);
  else if (told.id === 2) show(told.result);
};
