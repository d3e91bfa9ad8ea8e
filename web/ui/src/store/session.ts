import { shallowRef, type ShallowRef } from 'vue'
import { getJson } from '../api/client'
import type { Session } from '../api/types'

/** Who asks and what he may; null until the server has said so. */
export function useSession(): ShallowRef<Session | null> {
  const session = shallowRef<Session | null>(null)
  void getJson<Session>('/v1/session').then(
    (answer) => (session.value = answer),
    () => undefined, // The page's own request tells of the fault.
  )
  return session
}

/** Ends the session and goes to the sign-in page. */
export async function signOut(): Promise<void> {
  await fetch('/v1/session', { method: 'DELETE' }).catch(() => undefined)
  location.assign('/signin')
}
