/** `seedbed completion bash|zsh`: completion of subcommands and options, made from the program itself. */
import { Argument, type Command } from 'commander';
import { EXIT_CODES } from '../exit-codes.js';
import type { CommandHost } from '../program.js';
import { examples } from './options.js';

export function registerCompletion({ program, context, run }: CommandHost): void {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh']))
    .addHelpText('after', examples('source <(seedbed completion bash)', 'source <(seedbed completion zsh)'))
    .action((shell: 'bash' | 'zsh') =>
      run(async () => {
        context.stdout.write(shell === 'bash' ? bashScript(program) : zshScript(program));
        return EXIT_CODES.ok;
      }, {}),
    );
}

/** Words after each chain of subcommands: `` → all commands, `data` → `fetch`, `launch` → its options. */
function wordsOf(program: Command): Map<string, string[]> {
  const words = new Map<string, string[]>();
  const visit = (command: Command, chain: readonly string[]): void => {
    const options = command.options.flatMap((option) => (option.long ? [option.long] : []));
    words.set(chain.join(' '), [...command.commands.map((child) => child.name()), ...options, '--help']);
    for (const child of command.commands) visit(child, [...chain, child.name()]);
  };
  visit(program, []);
  return words;
}

function caseLines(program: Command): string {
  return [...wordsOf(program)]
    .map(([chain, words]) => `    '${chain}') words='${words.join(' ')}' ;;`)
    .join('\n');
}

function bashScript(program: Command): string {
  return `_seedbed() {
  local current="\${COMP_WORDS[COMP_CWORD]}" chain='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) [ -z "$chain" ] && chain="$word" || { [ "$chain" = data ] && chain="$chain $word"; } ;; esac
  done
  case "$chain" in
${caseLines(program)}
  esac
  if [[ "$current" == -* || -z "$chain" || "$chain" == data ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _seedbed seedbed
`;
}

/** zsh runs completions written for bash. */
function zshScript(program: Command): string {
  return `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(program)}`;
}
