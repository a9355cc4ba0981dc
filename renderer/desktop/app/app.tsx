/** The window's frame: the way to each page, and what is shown while there is no engine. */
import { AppShell, Burger, Center, Group, Loader, NavLink, Stack, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, Route, Router, Switch, useLocation } from 'wouter'
import { useHashLocation } from 'wouter/use-hash-location'
import { Contacts } from '../contacts/contacts.tsx'
import { EngineProvider } from '../engine/engine.tsx'
import { openSocketCarrier } from '../engine/socket-carrier.ts'
import { engineAddress } from '../engine/way-in.ts'
import { Home } from '../home/home.tsx'
import classes from './app.module.css'

const PAGES = [
  { path: '/', name: 'home' },
  { path: '/contacts', name: 'contacts' },
] as const

/** @param token null where the window was opened by hand. */
export function App({ token }: { token: string | null }) {
  const { t } = useTranslation()
  const open = useMemo(() => () => openSocketCarrier(engineAddress(), token ?? ''), [token])
  if (token === null) return <Notice text={t('noToken')} />
  return (
    <EngineProvider
      open={open}
      waiting={(wasHere) => <Notice text={t(wasHere ? 'lost' : 'connecting')} isWaiting />}
    >
      <Router hook={useHashLocation}>
        <Frame />
      </Router>
    </EngineProvider>
  )
}

function Frame() {
  const { t } = useTranslation()
  const [path] = useLocation()
  const [isOpen, { toggle, close }] = useDisclosure()
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 208, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <button type="button" className={classes.skip} onClick={focusPage}>
        {t('skip')}
      </button>
      <AppShell.Header>
        <Group h="100%" px="md">
          <Burger
            opened={isOpen}
            onClick={toggle}
            hiddenFrom="sm"
            size="sm"
            aria-label={t('navigation.label')}
          />
          <Text fw={700} size="lg">
            {t('app')}
          </Text>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t('navigation.label')}>
        {PAGES.map((page) => (
          <NavLink
            key={page.name}
            component={Link}
            href={page.path}
            label={t(`navigation.${page.name}`)}
            active={path === page.path}
            aria-current={path === page.path ? 'page' : undefined}
            onClick={close}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1} className={classes.page}>
        <Switch>
          <Route path="/contacts" component={Contacts} />
          <Route component={Home} />
        </Switch>
      </AppShell.Main>
    </AppShell>
  )
}

// The address's fragment names the page, so a link could not lead there.
function focusPage(): void {
  document.getElementById('page')?.focus()
}

function Notice({ text, isWaiting = false }: { text: string; isWaiting?: boolean }) {
  const { t } = useTranslation()
  return (
    <Center mih="100vh" p="md" component="main">
      <Stack align="center" gap="sm" maw={420}>
        <Title order={1} size="h2">
          {t('app')}
        </Title>
        {isWaiting && <Loader aria-hidden />}
        <Text ta="center" role="status">
          {text}
        </Text>
      </Stack>
    </Center>
  )
}
