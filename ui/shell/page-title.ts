import { createEffect, type Accessor } from 'solid-js'

/** Keeps the title of the document. */
export function usePageTitle(title: Accessor<string>): void {
  createEffect(() => {
    document.title = `${title()} · Redline`
  })
}
