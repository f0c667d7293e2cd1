import type { ReactNode } from 'react';

/** A table that may be wider than the screen: it scrolls by itself, by keyboard as well, and the page does not. */
export function ScrollRegion({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div role="region" aria-label={label} tabIndex={0} style={{ overflowX: 'auto' }}>
      {children}
    </div>
  );
}
