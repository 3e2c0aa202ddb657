import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitepress'

/** The pages of a folder, by their first line. */
function pagesOf(folder: string) {
  const path = join(import.meta.dirname, '..', folder)
  return readdirSync(path).map((file) => ({
    text: readFileSync(join(path, file), 'utf8').split('\n', 1)[0]?.replace('# ', '') ?? file,
    link: `/${folder}/${file}`,
  }))
}

export default defineConfig({
  lang: 'en',
  title: 'Redline',
  description:
    'Finds the configuration of an LLM inference server that serves the most traffic within its latency limits',
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Quickstart', link: '/quickstart' },
      { text: 'Guides', link: '/guides' },
      { text: 'Reference', link: '/reference' },
      { text: 'Comparison', link: '/comparison' },
    ],
    sidebar: [
      {
        text: 'Begin',
        items: [
          { text: 'Quickstart', link: '/quickstart' },
          { text: 'Concepts', link: '/concepts' },
          { text: 'Guides', link: '/guides' },
          { text: 'How to read a report', link: '/reports' },
          { text: 'Troubleshooting', link: '/troubleshooting' },
        ],
      },
      {
        text: 'Trust',
        items: [
          { text: 'Why to trust the numbers', link: '/trust' },
          { text: 'Measurement', link: '/measurement' },
          { text: 'Search', link: '/search' },
          { text: 'Performance', link: '/performance' },
          { text: 'Comparison', link: '/comparison' },
        ],
      },
      {
        text: 'Operate',
        items: [
          { text: 'Engines', link: '/engines' },
          { text: 'Run it for a team', link: '/deployment' },
          { text: 'Security', link: '/security' },
        ],
      },
      { text: 'Reference', link: '/reference', items: pagesOf('reference') },
      {
        text: 'Inside',
        items: [
          { text: 'Architecture', link: '/architecture' },
          { text: 'Dependencies', link: '/dependencies' },
          { text: 'Decisions', collapsed: true, items: pagesOf('decisions') },
        ],
      },
    ],
  },
})
