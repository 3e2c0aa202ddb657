/** The pages by their address: each is a file `pages/NAME-page.tsx`. */
export const PAGES = {
  '/': 'tunings',
  '/new': 'new-tuning',
  '/tunings/:id': 'tuning',
  '/tunings/:id/report': 'report',
  '/tunings/:id/experiments/:number': 'experiment',
  '/compare': 'compare',
  '/schedules': 'schedules',
  '/schedules/new': 'new-schedule',
  '/schedules/:id': 'schedule',
  '/hosts': 'hosts',
  '/settings': 'settings',
  '/sign-in': 'sign-in',
  '/join': 'join',
}

/** What every other address shows. */
export const MISSING_PAGE = 'not-found'
