import { Entrance } from '../shell/entrance.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { api, done } from '../state/api.ts'

/** Makes a user of who opened the link of an invitation; its code stands behind the #, which no server sees. */
export default function JoinPage() {
  usePageTitle(() => 'Join')
  const enter = async (given: { name: string; password: string }) => {
    await done(api.POST('/api/v1/users', { body: { code: location.hash.slice(1), ...given } }))
    location.assign('/')
  }
  return (
    <Entrance
      title="Join Redline"
      text="Choose a name (small letters) and a password of at least 12 characters."
      button="Join"
      newPassword
      enter={enter}
    />
  )
}
