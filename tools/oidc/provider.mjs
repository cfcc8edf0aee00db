// A real OpenID provider for the tests of single sign-on. Run with the folder that has node_modules/oidc-provider, the file of what
// it knows, and the file to write its address into. What it knows is read anew for each answer: tests change it while it runs.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const [, , home, known, told] = process.argv;
const require = createRequire(pathToFileURL(`${home}/package.json`));
const { default: Provider } = await import(pathToFileURL(require.resolve('oidc-provider')));

const people = () => JSON.parse(readFileSync(known, 'utf8')).people;
const server = createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'pgward',
      client_secret: 'the secret of the desk at the provider',
      application_type: 'native',
      redirect_uris: ['http://127.0.0.1/callback'],
      response_types: ['code'],
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      scope: 'openid email offline_access',
    },
  ],
  cookies: { keys: ['only for tests'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified', 'groups'] },
  conformIdTokenClaims: false,
  features: {
    devInteractions: { enabled: true },
    deviceFlow: { enabled: true, mask: '****-****' },
    resourceIndicators: { enabled: false },
  },
  pkce: { required: () => true },
  issueRefreshToken: async (_ctx, client, code) => client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
  ttl: { IdToken: 600, AccessToken: 600, DeviceCode: 600 },
  // Who is not there any more has no account: refreshing fails then.
  findAccount: (_ctx, id) => {
    const person = people()[id];
    return person && { accountId: id, claims: () => ({ sub: person.sub ?? id, ...person }) };
  },
});

server.on('request', provider.callback());
// Whole, or not there.
writeFileSync(`${told}.new`, issuer);
renameSync(`${told}.new`, told);
// The test that started it ends it, or is gone.
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
