import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { segmentation } from "./src/meetings/effects/build/plugin.ts";

// The server that answers /api and /_matrix while the client is served by `npm run dev`.
const backend = process.env.UNISONO_BACKEND ?? "http://127.0.0.1:8080";

// WebCrypto takes no buffers of another realm, such as a page's is.
const notInPage = [
  "meetings/session/memberKeys",
  "meetings/session/sealedChat",
  "matrix/attachments",
  "matrix/live/actions",
].map((name) => `src/${name}.test.ts`);

export default defineConfig({
  plugins: [react(), segmentation()],
  server: {
    host: "127.0.0.1",
    port: 5173,
    proxy: Object.fromEntries(["/api", "/_matrix", "/.well-known"].map((path) => [path, backend])),
  },
  build: {
    target: "es2022",
    sourcemap: false,
    // The Matrix SDK is one chunk of its own, loaded after the first paint.
    chunkSizeWarningLimit: 1300,
  },
  test: {
    setupFiles: "src/patience.ts",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "page",
          environment: "jsdom",
          // A page is made once for each worker, not for each file, which takes longer than all tests.
          pool: "vmThreads",
          include: ["src/**/*.test.{ts,tsx}"],
          exclude: notInPage,
        },
      },
      { extends: true, test: { name: "node", environment: "node", include: notInPage } },
    ],
  },
});
