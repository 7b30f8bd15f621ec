/** First line of every run: an npm that skipped the toolchain would leave the system's older Node.js without a word. */
export default function setup(): void {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 24) {
    throw new Error(
      `The tests need Node.js 24 or newer, this is ${process.versions.node}. Run them with \`make test\`.`,
    );
  }
}
