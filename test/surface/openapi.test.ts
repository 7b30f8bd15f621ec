import { expect, test } from "vitest";
import { openApi } from "../admin/api.ts";

test("the description of the API is what others rely on", async () => {
  const api = await openApi();
  try {
    const description: unknown = await (await fetch(`${api.url}/openapi.json`)).json();
    await expect(`${JSON.stringify(description, undefined, 2)}\n`).toMatchFileSnapshot("openapi.json");
  } finally {
    await api.close();
  }
});
