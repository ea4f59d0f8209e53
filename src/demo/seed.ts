import type { JsonObject } from '../json.ts';
import { kindNamed } from './kinds.ts';
import type { ObjectStore } from './object-store.ts';

/** Namespaces by environment, with the replicas that each deployment has there. */
const ENVIRONMENTS = {
  dev: { web: 2, cart: 1, search: 1 },
  staging: { web: 2, cart: 2, search: 1 },
  prod: { web: 6, cart: 3, search: 3 },
} as const;

/** Fills an empty store with a small shop: `shop-dev`, `shop-staging` and `shop-prod`. */
export function seedShop(store: ObjectStore): void {
  for (const [environment, deployments] of Object.entries(ENVIRONMENTS)) {
    const namespace = `shop-${environment}`;
    store.create(kindNamed('Namespace'), {
      metadata: {
        name: namespace,
        labels: {
          'kubernetes.io/metadata.name': namespace,
          'sallyport.dev/environment': environment,
          'sallyport.dev/service': 'shop',
          'sallyport.dev/team': 'shop',
        },
      },
      status: { phase: 'Active' },
    });
    store.create(kindNamed('ConfigMap'), {
      metadata: { name: 'features', namespace },
      data: { checkout: 'classic', suggestions: 'on' },
    });
    for (const [name, replicas] of Object.entries(deployments)) {
      store.create(kindNamed('Deployment'), deployment(namespace, name, replicas));
    }
  }
}

function deployment(namespace: string, name: string, replicas: number): JsonObject {
  const labels = { app: name };
  return {
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: `shop.example/${name}:1.4.0` }] } },
      strategy: { type: 'RollingUpdate' },
    },
  };
}
