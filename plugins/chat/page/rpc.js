// JSON-RPC over one WebSocket, which is opened again whenever it breaks.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;
const ANSWER_WITHIN = 15_000;

/** What the node, or the way to it, answered instead of a result. */
export class RpcError extends Error {
  constructor(code, message, data) {
    // The node's own refusals say the reason in the data.
    super(typeof data === "string" && data !== "" ? data : message);
    this.code = code;
    this.data = data;
  }
}

/** The connection broke or was not there: whether the call was carried out isn't known unless `unsent`. */
export class Disconnected extends Error {
  constructor(unsent) {
    super("The node cannot be reached just now.");
    this.unsent = unsent;
  }
}

/**
 * `onphase(phase)` hears of `{ name: "connecting" | "open" | "waiting", until }`; `onevent(event)` of what the node tells by
 * itself, the first being `subscribed`.
 */
export class RpcClient {
  #socket = null;
  #waiting = new Map();
  #next = 1;
  #subscribing = 0;
  #wait = FIRST_WAIT;
  #timer = 0;

  constructor(url, { onphase, onevent }) {
    this.url = url;
    this.onphase = onphase;
    this.onevent = onevent;
  }

  get open() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  connect() {
    clearTimeout(this.#timer);
    if (this.#socket) return;
    this.onphase({ name: "connecting" });
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#wait = FIRST_WAIT;
      this.#subscribing = this.#write({ method: "events.subscribe", params: ["chat"] });
      this.onphase({ name: "open" });
    };
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = () => this.#closed(socket);
  }

  /** Ends the connection, if there is one, and makes a new one at once. */
  reconnect() {
    this.#wait = FIRST_WAIT;
    const socket = this.#socket;
    if (socket) {
      socket.close();
      this.#closed(socket);
    }
    this.connect();
  }

  /** The result of `chat.NAME`. Rejects with RpcError or Disconnected. */
  call(name, params = []) {
    if (!this.open) return Promise.reject(new Disconnected(true));
    return new Promise((resolve, reject) => {
      const id = this.#write({ method: `chat.${name}`, params });
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Disconnected(false));
        // A node that runs answers: what is silent is a connection that nobody holds any more.
        this.reconnect();
      }, ANSWER_WITHIN);
      this.#waiting.set(id, { resolve, reject, timer });
    });
  }

  #write(call) {
    const id = this.#next++;
    this.#socket.send(JSON.stringify({ jsonrpc: "2.0", id, ...call }));
    return id;
  }

  #take(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (message?.method === "events.subscribe") {
      for (const event of message.params ?? []) this.onevent(event);
      return;
    }
    // It is only answered when it is refused, as while the plug-in does not run: later, then.
    if (message?.error && message.id === this.#subscribing) return this.#socket?.close();
    const waiting = this.#waiting.get(message?.id);
    if (!waiting) return;
    this.#waiting.delete(message.id);
    clearTimeout(waiting.timer);
    const { error } = message;
    if (error) waiting.reject(new RpcError(error.code, String(error.message ?? "The node refused."), error.data));
    else waiting.resolve(message.result);
  }

  #closed(socket) {
    if (this.#socket !== socket) return;
    this.#socket = null;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new Disconnected(false));
    }
    this.#waiting.clear();
    // Pages that lost the same node do not all come back in the same moment.
    const wait = this.#wait * (0.75 + Math.random() / 2);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
    this.#timer = setTimeout(() => this.connect(), wait);
    this.onphase({ name: "waiting", until: Date.now() + wait });
  }
}
