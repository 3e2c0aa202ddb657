import { Router } from '@solidjs/router'
import { lazy, type Component } from 'solid-js'
import { render } from 'solid-js/web'
import { MISSING_PAGE, PAGES } from './pages.ts'
import { AppShell } from './shell/app-shell.tsx'
import './styles/base.css'
import './styles/parts.css'
import './styles/pages.css'

const files = import.meta.glob<{ default: Component }>('./pages/*-page.tsx')
const page = (name: string) => lazy(files[`./pages/${name}-page.tsx`]!)
const routes = Object.entries({ ...PAGES, '*': MISSING_PAGE }).map(([path, name]) => ({
  path,
  component: page(name),
}))

const root = document.getElementById('root')
if (root !== null) render(() => <Router root={AppShell}>{routes}</Router>, root)
