import { describe, expect, it } from 'vitest';
import { cli } from '../helpers/cli.ts';

describe('opsline', () => {
  it('prints its version and help on standard output', async () => {
    const [version, help] = await Promise.all([cli(['--version']), cli(['--help'])]);
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
    expect(help.code).toBe(0);
    for (const word of ['up', 'explain', 'fix', 'board', 'runs', 'model', 'token', 'doctor', 'Examples:']) {
      expect(help.stdout).toContain(word);
    }
  });

  it('shows examples for every command', async () => {
    const commands = ['up', 'api', 'worker', 'explain', 'fix', 'board', 'runs', 'model', 'token', 'doctor'];
    for (const said of await Promise.all(commands.map((command) => cli([command, '--help'])))) {
      expect(said.code).toBe(0);
      expect(said.stdout).toContain('Examples:');
    }
  });

  it('leaves with 2 and talks on standard error when it is used wrongly', async () => {
    const [unknown, missing, choice] = await Promise.all([
      cli(['explian']),
      cli(['explain'], { env: { KUBECONFIG: '/nowhere/config' } }),
      cli(['explain', '-', '-o', 'xml']),
    ]);
    expect(unknown).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Did you mean explain?') });
    expect(missing).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('no kubeconfig (/nowhere') });
    expect(choice).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('text, json') });
  });

  it('takes a model that names nothing for wrong usage, and one that is down for none', async () => {
    const ask = (model: string, env: Record<string, string> = {}): ReturnType<typeof cli> =>
      cli(['explain', '-', '--model', model], { input: 'NAME READY\n', env });
    const [bogus, keyless, variable, service, down] = await Promise.all([
      ask('bogus'),
      ask('openai:'),
      cli(['explain', '-'], { input: 'x', env: { OPSLINE_MODEL: 'bogus' } }),
      cli(['up', '--port', '0', '--model', 'bogus']),
      ask('openai-compatible:m', { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' }),
    ]);
    const known = expect.stringContaining('known are none, embedded, openai:<model>');
    for (const said of [bogus, variable, service]) expect(said).toMatchObject({ code: 2, stdout: '', stderr: known });
    expect(keyless).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('set OPENAI_API_KEY') });
    expect(down.code).toBe(1);
  });

  it('names what is wrong in the environment', async () => {
    const said = await cli(['runs', 'ls'], { env: { OPSLINE_URL: 'ftp://x' } });
    expect(said).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('OPSLINE_URL') });
  });

  it('says when no service answers, and how to start one', async () => {
    const said = await cli(['runs', 'ls', '--server', 'http://ops:canary@127.0.0.1:9']);
    expect(said.stderr).not.toContain('canary');
    expect(said).toMatchObject({ code: 2, stderr: expect.stringContaining('opsline up') });
    expect(said.stderr).toMatch(/\(no connection\).*\(service-unreachable\)/);
  });

  it('says in one line what a flag cannot do', async () => {
    const input = 'NAME  READY  STATUS\nweb-1  1/1  Running\n';
    const [empty, record, model, scope, status] = await Promise.all([
      cli(['explain', '-']),
      cli(['explain', '-', '--record', '/nowhere/run.json'], { input }),
      cli(['explain', '-', '--model', 'none', '--server', 'http://127.0.0.1:9'], { input }),
      cli(['token', 'create', 'ci']),
      cli(['runs', 'ls', '--status', 'lost', '--server', 'http://127.0.0.1:9']),
    ]);
    expect(empty).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nothing but empty text in standard input'),
    });
    expect(record).toMatchObject({ code: 2, stderr: expect.stringContaining('/nowhere/run.json (ENOENT)') });
    expect(record.stderr).not.toContain('    at ');
    expect(model).toMatchObject({ code: 2, stderr: expect.stringContaining('its own model') });
    expect(scope).toMatchObject({ code: 2, stderr: expect.stringContaining("'--scope <scope>' not specified") });
    expect(status).toMatchObject({ code: 2, stderr: expect.stringContaining('queued, running, succeeded') });
  });

  it('uses no colour that nobody asked for', async () => {
    const said = await cli(['runs', 'show', 'x', '--server', 'http://127.0.0.1:9'], { env: { NO_COLOR: '1' } });
    expect(said.stderr).not.toContain('\x1b[');
  });
});
