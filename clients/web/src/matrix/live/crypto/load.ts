import type { MatrixClient } from "matrix-js-sdk";

/** Milliseconds until the program is asked for again that did not come. */
const WAITS = [1000, 2000, 4000, 8000, 16_000];

type Keeper = Pick<MatrixClient, "initRustCrypto" | "clearStores">;

/**
 * Takes up the device's keys, or makes new ones where what is stored belongs to another device or cannot be read.
 * Where the program itself did not come, that says nothing of the keys: they are left alone, and it is asked for again.
 */
export async function loadCrypto(
  client: Keeper,
  wait: (ms: number) => Promise<void> = (ms) => new Promise((done) => setTimeout(done, ms)),
): Promise<void> {
  for (const ms of WAITS) {
    try {
      await client.initRustCrypto();
      return;
    } catch (error) {
      if (!didNotCome(error)) {
        await client.clearStores();
        break;
      }
      await wait(ms);
    }
  }
  await client.initRustCrypto();
}

/** Imports and requests that fail are type errors (HTML, "HostLoadImportedModule"; Fetch); a cut program compiles not. */
function didNotCome(error: unknown): boolean {
  return error instanceof TypeError || error instanceof WebAssembly.CompileError;
}
