/**
 * Who is looking. `seedbed up` prints an address whose part after # is the token: browsers send that part to nobody. It is
 * exchanged once for a cookie that scripts cannot read, and taken out of the address.
 */
import { useCallback, useEffect, useState } from 'react';
import { ApiError, api } from './api.js';

const FRAGMENT = /^#token=([^&]+)$/;

export interface Session {
  readonly state: 'checking' | 'signed-in' | 'signed-out';
  /** Why signing in did not work. */
  readonly problem: string | null;
  readonly signIn: (token: string) => Promise<void>;
}

export function useSession(): Session {
  const [state, setState] = useState<Session['state']>('checking');
  const [problem, setProblem] = useState<string | null>(null);

  const signIn = useCallback(async (token: string) => {
    try {
      await api.signIn(token);
      setProblem(null);
      setState('signed-in');
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setState('signed-out');
    }
  }, []);

  useEffect(() => {
    const token = FRAGMENT.exec(location.hash)?.[1];
    if (token !== undefined) {
      history.replaceState(null, '', location.pathname);
      void signIn(decodeURIComponent(token));
      return;
    }
    api.trainers().then(
      () => setState('signed-in'),
      (error: unknown) => {
        // Away is not signed out: the pages say so, and go on when it is back.
        setState(error instanceof ApiError && error.status === 401 ? 'signed-out' : 'signed-in');
      },
    );
  }, [signIn]);

  return { state, problem, signIn };
}
