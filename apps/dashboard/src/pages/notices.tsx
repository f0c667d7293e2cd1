/** What a page shows instead of data: nothing yet, or why not. */
import { Alert, Loader } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { ApiError } from '../api.js';

/** Null when there is data and nothing is wrong; old data stay on the page while the coordinator is away. */
export function QueryNotice({ query, what }: { query: UseQueryResult; what: string }) {
  if (query.error !== null) {
    const isRefused = query.error instanceof ApiError;
    return (
      <Alert
        {...(isRefused ? { color: 'red' } : { variant: 'default' })}
        title={isRefused ? `No ${what}` : 'The coordinator cannot be reached'}
        my="sm"
      >
        {query.error.message}
        {isRefused ? '' : '. This page goes on by itself when it is back.'}
      </Alert>
    );
  }
  return query.data === undefined ? <Loader aria-label={`Loading ${what}`} my="md" /> : null;
}
