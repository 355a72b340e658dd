// The host page, bundled with the packages that our own client has.
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../../../clients/web/node_modules", import.meta.url));

export default {
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  logLevel: "error",
  resolve: {
    alias: {
      "matrix-js-sdk": `${packages}/matrix-js-sdk`,
      "matrix-widget-api": `${packages}/matrix-widget-api`,
    },
  },
  build: { target: "es2022", minify: false, emptyOutDir: true, chunkSizeWarningLimit: 10_000 },
};
