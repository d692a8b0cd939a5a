import { list } from '../../../../src/evidence/commands/kubectl.ts';
import { change, look } from '../analyzer.ts';
import { logAnalyzer } from './log-analyzer.ts';

export const cloudIdentityMissing = logAnalyzer({
  kind: 'cloud-identity-missing',
  title: 'A program has no identity in its cloud',
  about:
    "A cloud's client library looks for credentials (a role of the service account, a key, the node's metadata) and finds none.",
  remedy:
    "Give the pod's service account a role of the cloud (IRSA, Workload Identity), or mount the key that the library looks for.",
  // AWS in Python, Go, Java, Node, Ruby, PHP, .NET, Rust and Elixir; Google; Azure.
  pattern:
    /MissingCredentialsError|unable to sign request without credentials|Error retrieving credentials from the instance profile metadata|Failed to resolve AWS credentials|Unable to get IAM security credentials from EC2|no providers in chain provided credentials|CredentialsNotLoaded|Required key: :(?:access_key_id|secret_access_key) is nil|Could not construct ApplicationDefaultCredentials|Your default credentials were not found|Unable to locate credentials|NoCredentialsError|NoCredentialProviders|no (?:valid )?(?:EC2 IMDS role|providers in chain)\b|no EC2 IMDS role found|failed to (?:refresh cached|retrieve) credentials|Unable to load (?:AWS )?credentials from any|Could not load credentials from any providers|CredentialsProviderError|could not find default credentials|Could not load the default credentials|DefaultCredentialsError|Application Default Credentials are not available|DefaultAzureCredential failed to retrieve a token|ChainedTokenCredential authentication failed|CredentialUnavailable(?:Error|Exception)|Missing (?:Region|credentials) in config/,
  // A role that is named and refused has another kind.
  except: /AccessDenied|not authorized|InvalidIdentityToken|status code: 40[03]/i,
  confidence: 0.92,
  says: ({ match }) => `it finds no credentials of its cloud (\`${match[0]}\`)`,
  remedies: (_hit, subject) => [
    look('See which role its service account names', list('serviceaccounts', subject, '-o', 'yaml')),
    change(
      "Name a role of the cloud at the pod's service account, or mount the key that the library looks for",
      'medium',
    ),
  ],
});
