// A peer of the fan-out bench: node's `ws`, without compression. Who connects to /say/X speaks to all on /X.
import { createRequire } from "node:module";

const { WebSocketServer } = createRequire(process.argv[2] + "/")("ws");
const lookers = new Map();
const heardOn = (path) => lookers.get(path) ?? lookers.set(path, new Set()).get(path);
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, backlog: 4096, perMessageDeflate: false });

server.on("listening", () => console.log(JSON.stringify({ port: server.address().port })));
server.on("connection", (socket, request) => {
  if (request.url.startsWith("/say")) {
    const heard = heardOn(request.url.slice("/say".length));
    socket.on("message", (data) => {
      for (const looker of heard) looker.send(data, { binary: true });
    });
  } else {
    heardOn(request.url).add(socket);
    socket.on("close", () => heardOn(request.url).delete(socket));
  }
});
process.stdin.on("end", () => process.exit(0)).resume();
