import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router-dom';

import { Console } from './app';
import { Problem } from './api/client';
import { startLanguage } from './i18n';
import './styles.css';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // What the server refuses it would refuse again; only an unreachable one is worth a second try.
      retry: (tries, error) => error instanceof Problem && error.status === 0 && tries < 2,
      refetchOnWindowFocus: true,
    },
  },
});

await startLanguage();
createRoot(document.getElementById('root')!).render(
  <QueryClientProvider client={client}>
    <BrowserRouter>
      <Console />
    </BrowserRouter>
  </QueryClientProvider>,
);
