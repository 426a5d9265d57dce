import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { docs } from "./build/docs.ts";

// `npx vite dashboard` serves the sources beside an API that runs already.
const api = process.env.BEHALFID_BASE_URL ?? "http://localhost:8787";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [docs(), react(), tailwindcss()],
  build: {
    // The Content-Security-Policy allows no data: fonts, and images of a page are better cached apart.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: { "/api": { target: api, ws: true, changeOrigin: true, headers: { Origin: api } } },
  },
});
