/** `serving.knative.dev/v1` → `serving.knative.dev`; the core group is empty. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}
