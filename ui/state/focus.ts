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
  return () => {
    if (!isFocusLost() || focused === document.body) return
    const place = places.find((one) => one instanceof HTMLElement && one.isConnected)
    if (!(place instanceof HTMLElement)) return
    if (place !== focused) place.tabIndex = -1
    place.focus({ preventScroll: true })
  }
}
