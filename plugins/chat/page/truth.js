// Says in words how things are: with the connection, with a room's history, with one message.

import { clockTime, fullTime } from "./times.js";

function many(count, one, more = `${one}s`) {
  return `${count} ${count === 1 ? one : more}`;
}

/** The node's state in one line: `{ mood: "good" | "busy" | "bad", text, detail }`. */
export function connectionLine(model) {
  const { connection, status, rooms } = model;
  if (connection.name !== "open" || !model.ready) {
    return connection.name === "waiting"
      ? { mood: "bad", text: "No connection", detail: "The node cannot be reached. The page tries again by itself." }
      : { mood: "busy", text: "Connecting…", detail: "Connecting to the node" };
  }
  const joined = [...rooms.values()];
  const missing = joined.reduce((sum, room) => sum + room.missing, 0);
  const peers = many(status.peers, "peer");
  if (status.peers === 0) {
    return { mood: "bad", text: "No peers", detail: "The node is connected to nobody: messages wait here until a peer is found." };
  }
  if (joined.some((room) => room.syncing)) return { mood: "busy", text: `${peers} · syncing`, detail: "Histories are compared with peers' just now." };
  if (missing > 0) return { mood: "busy", text: `${peers} · ${missing} missing`, detail: `${many(missing, "message")} are known to exist and no peer has sent them yet.` };
  return { mood: "good", text: `${peers} · complete`, detail: "Every message that is known to exist is here." };
}

/** A room's state: `{ mood, text, detail }`, or null when there is nothing to say. */
export function roomLine(room) {
  if (room.kind === "dchat") return { mood: "plain", text: many(room.peers, "peer"), detail: "Direct neighbours that hear what is said here." };
  if (room.syncing) return { mood: "busy", text: room.missing > 0 ? `Reading history · ${room.missing} missing` : "Reading history", detail: "This room's history is compared with peers' just now." };
  if (room.missing > 0) return { mood: "busy", text: `${room.missing} missing`, detail: `${many(room.missing, "message")} are known to exist and no peer has sent them yet. They are shown as gaps.` };
  if (room.peers === 0) return { mood: "bad", text: "Nobody here", detail: "None of this node's peers has joined the room. Messages may still travel over peers that only relay; the others get them as soon as one of them is met." };
  return { mood: "good", text: many(room.peers, "peer"), detail: `${many(room.peers, "neighbour")} of this node joined the room; nothing is known to be missing.` };
}

/** How far an own message has come: `{ icon, text }`. */
export function deliveryOf(message) {
  if (message.state === "pending" || message.sent === 0) return { icon: "clock", text: "Pending: no peer has it yet" };
  const sent = `Sent to ${many(message.sent, "peer")}`;
  if (message.seen > 0) return { icon: "seen", text: `${sent}, seen by ${message.seen}` };
  return { icon: "sent", text: sent };
}

/** What is wrong with a message's time, or null. */
export function clockWarning(message) {
  if (!message.clock) return null;
  const how = message.clock === "ahead" ? "is ahead" : "is behind, or the message was long on its way";
  return `The author's clock ${how}: it says ${clockTime(message.time)}, the message came here at ${clockTime(message.received)}.`;
}

/** Everything that is known of a message, as pairs of a word and its meaning. */
export function factsOf(message) {
  const facts = [];
  if (message.self && message.kind !== "dchat") facts.push(["Delivery", deliveryOf(message).text]);
  facts.push(["Written", `${fullTime(message.time)} by the author's clock`], ["Came here", fullTime(message.received)]);
  if (message.clock) facts.push(["Clock", clockWarning(message)]);
  if (message.fingerprint) facts.push(["Fingerprint", message.fingerprint], ["Author", message.author]);
  if (message.edited) facts.push(["Edited", "yes, by its author"]);
  if (message.kind === "dchat") facts.push(["Proof", "None: lines of #dchat aren't signed, anybody can write any name."]);
  else facts.push(["Proof", "The signature fits the author's key."], ["Id", message.id]);
  return facts;
}
