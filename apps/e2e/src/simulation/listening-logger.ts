/** A logger for processes that are simulated: it says what was said, to whoever counts it. */
export interface ListeningLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
  debug(details: object, message: string): void;
  child(): ListeningLogger;
}

export function listeningLogger(hear: (message: string) => void): ListeningLogger {
  const line = (details: unknown, message?: string) => hear(message ?? String(details));
  const logger: ListeningLogger = { info: line, warn: line, error: line, debug: line, child: () => logger };
  return logger;
}
