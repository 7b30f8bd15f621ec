// A server that is nothing but a pipe: what it is sent goes to a socket, what comes from there is what it says.
import { connect } from "node:net";

const socket = connect(process.argv[2] ?? "");
process.stdin.pipe(socket);
socket.pipe(process.stdout);
socket.on("close", () => process.exit(0));
