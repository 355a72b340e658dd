import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";
import { withMetadata } from "./model.ts";

const MODULE = "virtual:segmentation";
const RESOLVED = `\0${MODULE}`;

/** What the effects load at run time, from our own origin. */
interface File {
  /** The name under which the module exports its address. */
  key: "loader" | "binary" | "model";
  name: string;
  content: (packages: string) => Uint8Array;
}

const FILES: readonly File[] = [
  {
    key: "loader",
    name: "vision_wasm_internal.js",
    content: (packages) =>
      readFileSync(join(packages, "@mediapipe/tasks-vision/wasm/vision_wasm_internal.js")),
  },
  {
    key: "binary",
    name: "vision_wasm_internal.wasm",
    content: (packages) =>
      readFileSync(join(packages, "@mediapipe/tasks-vision/wasm/vision_wasm_internal.wasm")),
  },
  {
    key: "model",
    name: "selfie_segmentation.tflite",
    content: (packages) =>
      withMetadata(
        readFileSync(join(packages, "@mediapipe/selfie_segmentation/selfie_segmentation_landscape.tflite")),
      ),
  },
];

/**
 * Makes the module `virtual:segmentation`, whose exports are the addresses of MediaPipe's WebAssembly and of the
 * model of people: taken out of the npm packages when the client is built, nothing is fetched from elsewhere.
 */
export function segmentation(packages = "node_modules"): Plugin {
  let serving = false;
  return {
    name: "unisono-segmentation",
    configResolved: (config) => {
      serving = config.command === "serve";
    },
    resolveId: (id) => (id === MODULE ? RESOLVED : null),
    load(id) {
      if (id !== RESOLVED) return null;
      return FILES.map((file) => {
        const address = serving
          ? JSON.stringify(`/@segmentation/${file.name}`)
          : `import.meta.ROLLUP_FILE_URL_${this.emitFile({
              type: "asset",
              name: file.name,
              source: file.content(packages),
            })}`;
        return `export const ${file.key} = ${address};`;
      }).join("\n");
    },
    configureServer(server) {
      for (const file of FILES) {
        server.middlewares.use(`/@segmentation/${file.name}`, (_request, response) => {
          if (file.name.endsWith(".js")) response.setHeader("Content-Type", "text/javascript");
          if (file.name.endsWith(".wasm")) response.setHeader("Content-Type", "application/wasm");
          response.end(file.content(packages));
        });
      }
    },
  };
}
