import { once } from "node:events";
import { keyFile } from "../../audit/log/key.ts";
import { isKeyName, parseVerifier, verifierOf, verifierText } from "../../audit/note/note.ts";
import { listen } from "../../audit/witness/server.ts";
import { fileMemory } from "../../audit/witness/state.ts";
import { witness } from "../../audit/witness/witness.ts";
import { Failure } from "../failure.ts";
import { print } from "../out.ts";

/** `portcullis audit witness`: signs checkpoints of logs that it knows, as long as each begins with the one before. */
export async function runWitness(
  _: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { name, state, host = "127.0.0.1", port = 0, log = [] } = options;
  if (typeof name !== "string" || !isKeyName(name))
    throw new Failure(
      2,
      "--name is the witness's name, such as witness.example.com/audit",
      "without spaces and plus",
    );
  const logs = (log as readonly string[]).map((text) => {
    const key = parseVerifier(text);
    if (key?.algorithm !== "ed25519")
      throw new Failure(
        2,
        `${text} is no key of a log`,
        "portcullis audit checkpoint --key, on the gate, prints it",
      );
    return key;
  });
  const folder = String(state);
  try {
    const memory = fileMemory(`${folder}/seen.json`);
    const { key } = keyFile(`${folder}/witness.key`);
    const now = (): number => Date.now();
    const serving = await listen(witness({ name, key, logs, memory, now }), String(host), Number(port));
    await print(`key ${verifierText(verifierOf(name, key, "cosignature/v1"))}`);
    await print(`ready ${serving.url}`);
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    await serving.close();
    return 0;
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(3, (error as Error).message);
  }
}
