import { A, useIsRouting, useNavigate, type RouteSectionProps } from '@solidjs/router'
import { createSignal, ErrorBoundary, lazy, onCleanup, Show, Suspense } from 'solid-js'
import { Later } from '../parts/later.tsx'
import { LoadError } from '../parts/load-error.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { leadBy } from '../state/api.ts'
import { may } from '../state/session.ts'
import { Account } from './account.tsx'

const Palette = lazy(() => import('./palette.tsx'))

/** What surrounds every page: the navigation, and what shows while a page loads or when it breaks. */
export function AppShell(props: RouteSectionProps) {
  const isRouting = useIsRouting()
  leadBy(useNavigate())
  const [commanding, setCommanding] = createSignal(false)
  const press = (event: KeyboardEvent) => {
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    setCommanding((open) => !open)
  }
  document.addEventListener('keydown', press)
  onCleanup(() => document.removeEventListener('keydown', press))

  return (
    <>
      <a class="skip" href="#content">
        Skip to content
      </a>
      <header class="top" classList={{ routing: isRouting() }}>
        <div class="top-inner">
          <A class="brand" href="/" end>
            Redline
          </A>
          <nav aria-label="Main">
            <A href="/" end>
              Tunings
            </A>
            <Show when={may('operator')}>
              <A class="wide-only" href="/new">
                New tuning
              </A>
            </Show>
            <A href="/schedules">Schedules</A>
            <A href="/hosts">Hosts</A>
            <A href="/settings">Settings</A>
            <a class="wide-only" href="/docs" target="_self">
              API docs
            </a>
            <a class="wide-only" href="/redoc" target="_self">
              ReDoc
            </a>
          </nav>
          <button
            type="button"
            class="small subtle push"
            aria-keyshortcuts="Control+K Meta+K"
            title="Commands, pages and tunings by name"
            onClick={() => setCommanding(true)}
          >
            <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
              <path d="M10.5 10.5 15 15M12 6.5a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0Z" />
            </svg>
            <span class="visually-hidden">Commands</span>
            <kbd class="wide-only" aria-hidden="true">
              Ctrl K
            </kbd>
          </button>
          <Account />
        </div>
      </header>
      <Show when={commanding()}>
        <Suspense>
          <Palette close={() => setCommanding(false)} />
        </Suspense>
      </Show>
      <main id="content" tabindex="-1" aria-busy={isRouting()}>
        <ErrorBoundary
          fallback={(error: unknown) => <LoadError error={error} retry={() => location.reload()} />}
        >
          <Later>
            <Suspense fallback={<Skeleton lines={6} />}>{props.children}</Suspense>
          </Later>
        </ErrorBoundary>
      </main>
    </>
  )
}
