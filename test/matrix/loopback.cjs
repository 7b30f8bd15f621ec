// Preloaded into servers that listen where they like: they get a free port on the loopback instead, and the one that
// wanted MATRIX_PORT says `ready`.
const { Server } = require("node:net");
// oxlint-disable-next-line typescript/unbound-method -- it is called on its own server below
const listen = Server.prototype.listen;
Server.prototype.listen = function (...words) {
  const told = words.find((word) => typeof word === "function");
  const wanted = String(words[0]?.port ?? words[0]);
  this.once("listening", () => {
    if (wanted === process.env.MATRIX_PORT)
      process.stdout.write(`ready http://127.0.0.1:${this.address().port}\n`);
  });
  return listen.call(this, { port: 0, host: "127.0.0.1" }, told);
};
