// Checks the types of every project with its tests, and of these tools, in one process: the compiler's and Node's own
// declarations are then parsed once instead of once a project.
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { projectDirectories } from './bootstrap/build.mjs';
import { repositoryRoot } from './bootstrap/repository.mjs';

/** @type {Map<string, ts.SourceFile | undefined>} */
const declarations = new Map();

/**
 * @param {string} configPath
 * @returns {readonly ts.Diagnostic[]}
 */
function checkProject(configPath) {
  const { config, error } = ts.readConfigFile(configPath, ts.sys.readFile);
  if (error) return [error];
  const parsed = ts.parseJsonConfigFileContent(
    config,
    ts.sys,
    dirname(configPath),
    { noEmit: true },
    configPath,
  );
  if (parsed.errors.length > 0) return parsed.errors;
  const host = ts.createCompilerHost(parsed.options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (path, options, onError) => {
    if (!path.endsWith('.d.ts') || !path.includes('/node_modules/')) return read(path, options, onError);
    const format = typeof options === 'object' ? options.impliedNodeFormat : undefined;
    const key = `${path} ${format}`;
    if (!declarations.has(key)) declarations.set(key, read(path, options, onError));
    return declarations.get(key);
  };
  return ts.getPreEmitDiagnostics(
    ts.createProgram({ rootNames: parsed.fileNames, options: parsed.options, host }),
  );
}

let problems = 0;
const configs = projectDirectories(repositoryRoot).map((project) => join(project, 'tsconfig.spec.json'));
const programs = ['tools', 'docker', 'k8s'].map((folder) => join(repositoryRoot, folder, 'tsconfig.json'));
for (const configPath of [...configs.filter(existsSync), ...programs]) {
  const found = checkProject(configPath);
  problems += found.length;
  if (found.length === 0) continue;
  process.stdout.write(`${relative(repositoryRoot, dirname(configPath))}:\n`);
  const host = {
    getCurrentDirectory: () => repositoryRoot,
    getCanonicalFileName: String,
    getNewLine: () => '\n',
  };
  process.stdout.write(ts.formatDiagnostics(found, { ...host, getCanonicalFileName: (name) => name }));
}
process.exitCode = problems === 0 ? 0 : 1;
