import './ui/theme.css'

import { StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'

import { App } from './App'
import { startWords } from './i18n/setup'
import { Loading } from './shell/Loading'
import { chooseTheme, chosenTheme } from './ui/theme'

chooseTheme(chosenTheme())
const root = document.getElementById('root')
if (!root) throw new Error('The page has no root.')
await startWords()
createRoot(root).render(
  <StrictMode>
    <Suspense fallback={<Loading />}>
      <App />
    </Suspense>
  </StrictMode>,
)
