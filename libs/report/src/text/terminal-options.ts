export interface TerminalOptions {
  /** Columns of the terminal. @default 80 */
  readonly width?: number;
  /** ANSI colour. @default false */
  readonly color?: boolean;
  /** Nothing but ASCII, for terminals and logs without UTF-8. @default false */
  readonly ascii?: boolean;
}
