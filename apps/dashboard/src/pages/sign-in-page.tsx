import { Alert, Button, Code, Loader, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { Session } from '../session.js';

export function SignInPage({ session }: { session: Session }) {
  const [token, setToken] = useState('');
  if (session.state === 'checking') return <Loader aria-label="Signing in" />;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void session.signIn(token.trim());
  };
  return (
    <Stack maw={480} component="form" onSubmit={submit}>
      <Title order={1} size="h2">
        Sign in
      </Title>
      <Text>
        Open the link that <Code>seedbed dashboard</Code> prints, or paste the coordinator’s token (
        <Code>SEEDBED_TOKEN</Code>).
      </Text>
      <PasswordInput
        label="Token"
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
        required
      />
      {session.problem === null ? null : <Alert color="red">{session.problem}</Alert>}
      <Button type="submit">Sign in</Button>
    </Stack>
  );
}
