import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  server: { proxy: { '/api': 'http://127.0.0.1:3000' } },
  preview: { proxy: { '/api': 'http://127.0.0.1:3000' } },
  build: {
    // Browsers that know light-dark(), which the tokens are written in.
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // The server's content security policy allows no data: or inline scripts and styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
