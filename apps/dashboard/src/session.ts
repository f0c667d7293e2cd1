/**
 * Who is looking. `seedbed up` prints a link whose part after # is a code: browsers send that part to nobody. It is exchanged
 * for a cookie that scripts cannot read, and taken out of the address.
 */
import { useCallback, useEffect, useState } from 'react';
import { ApiError, api } from './api.js';

const FRAGMENT = /^#code=([^&]+)$/;

export interface Session {
  readonly state: 'checking' | 'signed-in' | 'signed-out';
  /** Why signing in did not work. */
  readonly problem: string | null;
  readonly signIn: (token: string) => Promise<void>;
}

export function useSession(): Session {
  const [state, setState] = useState<Session['state']>('checking');
  const [problem, setProblem] = useState<string | null>(null);

  const exchange = useCallback(async (signingIn: Promise<void>) => {
    try {
      await signingIn;
      setProblem(null);
      setState('signed-in');
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setState('signed-out');
    }
  }, []);

  useEffect(() => {
    const code = FRAGMENT.exec(location.hash)?.[1];
    if (code !== undefined) {
      history.replaceState(null, '', location.pathname);
      void exchange(api.redeem(decodeURIComponent(code)));
      return;
    }
    api.trainers().then(
      () => setState('signed-in'),
      (error: unknown) => {
        // Away is not signed out: the pages say so, and go on when it is back.
        setState(error instanceof ApiError && error.status === 401 ? 'signed-out' : 'signed-in');
      },
    );
  }, [exchange]);

  const signIn = useCallback((token: string) => exchange(api.signIn(token)), [exchange]);
  return { state, problem, signIn };
}
