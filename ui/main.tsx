import { Router } from '@solidjs/router'
import { lazy } from 'solid-js'
import { render } from 'solid-js/web'
import { AppShell } from './shell/app-shell.tsx'
import './styles/base.css'
import './styles/parts.css'
import './styles/pages.css'

const routes = [
  { path: '/', component: lazy(() => import('./pages/tunings-page.tsx')) },
  { path: '/new', component: lazy(() => import('./pages/new-tuning-page.tsx')) },
  { path: '/tunings/:id', component: lazy(() => import('./pages/tuning-page.tsx')) },
  { path: '/tunings/:id/report', component: lazy(() => import('./pages/report-page.tsx')) },
  {
    path: '/tunings/:id/experiments/:number',
    component: lazy(() => import('./pages/experiment-page.tsx')),
  },
  { path: '/compare', component: lazy(() => import('./pages/compare-page.tsx')) },
  { path: '/schedules', component: lazy(() => import('./pages/schedules-page.tsx')) },
  { path: '/schedules/new', component: lazy(() => import('./pages/new-schedule-page.tsx')) },
  { path: '/schedules/:id', component: lazy(() => import('./pages/schedule-page.tsx')) },
  { path: '/hosts', component: lazy(() => import('./pages/hosts-page.tsx')) },
  { path: '/settings', component: lazy(() => import('./pages/settings-page.tsx')) },
  { path: '/sign-in', component: lazy(() => import('./pages/sign-in-page.tsx')) },
  { path: '/join', component: lazy(() => import('./pages/join-page.tsx')) },
  { path: '*', component: lazy(() => import('./pages/not-found-page.tsx')) },
]

const root = document.getElementById('root')
if (root !== null) render(() => <Router root={AppShell}>{routes}</Router>, root)
