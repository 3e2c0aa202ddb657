import { A, type RouteSectionProps } from '@solidjs/router'
import { ErrorBoundary, Suspense } from 'solid-js'
import { LoadError } from '../parts/load-error.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { Account } from './account.tsx'

/** What surrounds every page: the navigation, and what shows while a page loads or when it breaks. */
export function AppShell(props: RouteSectionProps) {
  return (
    <>
      <a class="skip" href="#content">
        Skip to content
      </a>
      <header class="top">
        <div class="top-inner">
          <A class="brand" href="/" end>
            Redline
          </A>
          <nav aria-label="Main">
            <A href="/" end>
              Tunings
            </A>
            <A class="wide-only" href="/new">
              New tuning
            </A>
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
          <Account />
        </div>
      </header>
      <main id="content" tabindex="-1">
        <ErrorBoundary
          fallback={(error: unknown) => <LoadError error={error} retry={() => location.reload()} />}
        >
          <Suspense fallback={<Skeleton lines={6} />}>{props.children}</Suspense>
        </ErrorBoundary>
      </main>
    </>
  )
}
