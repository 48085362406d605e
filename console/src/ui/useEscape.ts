import { type RefObject, useEffect } from 'react'

/** Escape, pressed anywhere within an element; null where it does nothing just now. */
export function useEscape(element: RefObject<HTMLElement | null>, onEscape: (() => void) | null) {
  useEffect(() => {
    const box = element.current
    if (!box || !onEscape) return
    const press = ({ key }: KeyboardEvent) => {
      if (key === 'Escape') onEscape()
    }
    box.addEventListener('keydown', press)
    return () => {
      box.removeEventListener('keydown', press)
    }
  }, [element, onEscape])
}
