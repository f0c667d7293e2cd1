/** `seedbed dashboard`: a link that opens the dashboard in a browser, signed in. */
import { printJson, printLine } from '../cli-context.js';
import { EXIT_CODES } from '../exit-codes.js';
import type { CommandHost } from '../program.js';
import { examples, JSON_OPTION } from './options.js';

export function registerDashboard({ program, context, run }: CommandHost): void {
  program
    .command('dashboard')
    .description('print a link that opens the dashboard; good once, for 15 minutes')
    .option(...JSON_OPTION)
    .addHelpText('after', examples('seedbed dashboard', 'xdg-open "$(seedbed dashboard)"'))
    .action((options: { json?: boolean }) =>
      run(async () => {
        const { openClient } = await import('../client/open-client.js');
        const { resolveConnection } = await import('../client/connection.js');
        const { dashboardLink } = await import('../client/dashboard-link.js');
        const { url } = resolveConnection(context.environment);
        const link = await dashboardLink(url, openClient(context));
        if (options.json) printJson(context.stdout, { url: link });
        else printLine(context.stdout, link);
        return EXIT_CODES.ok;
      }, options),
    );
}
