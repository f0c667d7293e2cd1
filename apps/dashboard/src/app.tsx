/** The frame around every page: where one is, where one can go, light or dark. */
import {
  ActionIcon,
  Anchor,
  AppShell,
  Container,
  Group,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { Link, Redirect, Route, Switch, useRoute } from 'wouter';
import { LaunchPage } from './pages/launch-page.js';
import { SignInPage } from './pages/sign-in-page.js';
import { SweepPage } from './pages/sweep-page.js';
import { SweepsPage } from './pages/sweeps-page.js';
import { TrainersPage } from './pages/trainers-page.js';
import { useSession } from './session.js';

const LINKS = [
  ['/sweeps', 'Sweeps'],
  ['/launch', 'Launch'],
  ['/trainers', 'Trainers'],
] as const;

export function App() {
  const session = useSession();
  return (
    <AppShell header={{ height: 52 }} padding="md">
      <a className="skip-link" href="#content">
        Skip to the content
      </a>
      <AppShell.Header>
        <Container size="xl" h="100%">
          <Group h="100%" justify="space-between" wrap="nowrap">
            <Group component="nav" aria-label="Pages" gap="md" wrap="nowrap">
              <Text component="span" fw={700} visibleFrom="xs">
                Seedbed
              </Text>
              {LINKS.map(([path, label]) => (
                <NavigationLink key={path} {...{ path, label }} />
              ))}
            </Group>
            <ColorSchemeToggle />
          </Group>
        </Container>
      </AppShell.Header>
      <AppShell.Main id="content" tabIndex={-1}>
        <Container size="xl" px={0}>
          {session.state === 'signed-in' ? <Pages /> : <SignInPage session={session} />}
        </Container>
      </AppShell.Main>
    </AppShell>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/sweeps" component={SweepsPage} />
      <Route path="/sweeps/:sweepId">{({ sweepId }) => <SweepPage key={sweepId} sweepId={sweepId} />}</Route>
      <Route path="/launch" component={LaunchPage} />
      <Route path="/trainers" component={TrainersPage} />
      <Route path="/">
        <Redirect to="/sweeps" replace />
      </Route>
      <Route>
        <Text>
          There is no such page.{' '}
          <Anchor component={Link} href="/sweeps">
            All sweeps
          </Anchor>
        </Text>
      </Route>
    </Switch>
  );
}

function NavigationLink({ path, label }: { path: string; label: string }) {
  const [isHere] = useRoute(`${path}/*?`);
  return (
    <Anchor component={Link} href={path} aria-current={isHere ? 'page' : undefined} fw={isHere ? 700 : 400}>
      {label}
    </Anchor>
  );
}

function ColorSchemeToggle() {
  const { setColorScheme } = useMantineColorScheme();
  const other = useComputedColorScheme('light') === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon
      variant="default"
      size="lg"
      aria-label={`Use ${other} colours`}
      onClick={() => setColorScheme(other)}
    >
      {other === 'dark' ? '☾' : '☀'}
    </ActionIcon>
  );
}
