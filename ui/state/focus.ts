/** Returns whether nothing on the page has the focus, or only what cannot be used. */
export function isFocusLost(): boolean {
  const focused = document.activeElement
  return focused === null || focused === document.body || focused.matches(':disabled')
}

/**
 * Returns a function that gives the focus back to what has it now, should it have been lost until then: a button that is
 * disabled or gone after its click would leave the keyboard at the top of the page. What is gone leaves it to its section.
 */
export function giveBackFocus(): () => void {
  const focused = document.activeElement
  const places = [focused, focused?.parentElement?.closest('section'), document.querySelector('main')]
  const give = () => {
    if (!isFocusLost() || focused === document.body) return
    const place = places.find((one) => one instanceof HTMLElement && one.isConnected)
    if (!(place instanceof HTMLElement)) return
    if (place !== focused) place.tabIndex = -1
    place.focus({ preventScroll: true })
  }
  return () => {
    give()
    if (focused !== null && document.activeElement === focused) whenGone(focused, give)
  }
}

/** Does something when an element that has the focus is taken from the page: a live event may come after the answer. */
function whenGone(element: Element, act: () => void): void {
  const observer = new MutationObserver(() => {
    if (!element.isConnected) act()
    if (document.activeElement !== element) observer.disconnect()
  })
  observer.observe(document.body, { childList: true, subtree: true })
}
