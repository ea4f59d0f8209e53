import { golden } from './corpus-table.ts';

/** What is read: paths beside the resources, objects, lists, watches, selectors. */
export const READS = [
  ...golden(
    'paths that are no resources',
    '',
    `
GET     /                                         discovery       get      /                                     none  none
GET     /api                                      discovery       get      /api                                  none  none
GET     /api/                                     discovery       get      /api                                  none  none
HEAD    /api                                      discovery       head     /api                                  none  none
GET     /api/v1                                   discovery       get      /api/v1                               none  none
GET     /api/v1/                                  discovery       get      /api/v1                               none  none
GET     /apis                                     discovery       get      /apis                                 none  none
GET     /apis/apps                                discovery       get      /apis/apps                            none  none
GET     /apis/apps/                               discovery       get      /apis/apps                            none  none
GET     /apis/apps/v1                             discovery       get      /apis/apps/v1                         none  none
GET     /apis/apps/v1?timeout=32s                 discovery       get      /apis/apps/v1                         none  none
GET     /apis/nothing.example/v7                  discovery       get      /apis/nothing.example/v7              none  none
GET     /openapi/v2                               discovery       get      /openapi/v2                           none  none
GET     /openapi/v3                               discovery       get      /openapi/v3                           none  none
GET     /openapi/v3/apis/apps/v1                  discovery       get      /openapi/v3/apis/apps/v1              none  none
GET     /version                                  discovery       get      /version                              none  none
GET     /version/                                 discovery       get      /version                              none  none
HEAD    /version                                  discovery       head     /version                              none  none
GET     /.well-known/openid-configuration         discovery       get      /.well-known/openid-configuration     none  none
GET     /openid/v1/jwks                           discovery       get      /openid/v1/jwks                       none  none
GET     /healthz                                  telemetry       get      /healthz                              none  none
GET     /healthz/etcd                             telemetry       get      /healthz/etcd                         none  none
GET     /livez?verbose                            telemetry       get      /livez                                none  none
GET     /livez/ping                               telemetry       get      /livez/ping                           none  none
HEAD    /readyz                                   telemetry       head     /readyz                               none  none
GET     /readyz/poststarthook/rbac/bootstrap-roles  telemetry     get      /readyz/poststarthook/rbac/bootstrap-roles  none  none
GET     /metrics                                  telemetry       get      /metrics                              none  none
GET     /metrics/slis                             telemetry       get      /metrics/slis                         none  none
GET     /logs/kube-apiserver.log                  sensitive_read  get      /logs/kube-apiserver.log              none  none
GET     /debug/pprof/heap                         sensitive_read  get      /debug/pprof/heap                     none  none
GET     /configz                                  sensitive_read  get      /configz                              none  none
GET     /flagz                                    sensitive_read  get      /flagz                                none  none
GET     /statusz                                  sensitive_read  get      /statusz                              none  none
`,
  ),
  ...golden(
    'methods and paths that nobody serves',
    '',
    `
GET     /ui                                       unknown         get      /ui                                   none  none  refused=gate/unreadable
GET     /.well-known/acme-challenge/x             unknown         get      /.well-known/acme-challenge/x         none  none  refused=gate/unreadable
GET     /internal/keys                            unknown         get      /internal/keys                        none  none  refused=gate/unreadable
POST    /version                                  unknown         post     /version                              none  none  refused=gate/unreadable
DELETE  /healthz                                  unknown         delete   /healthz                              none  none  refused=gate/unreadable
OPTIONS /version                                  unknown         options  /version                              none  none  refused=gate/unreadable
OPTIONS /api/v1/namespaces/corpus/pods            unknown         unknown  pods                                  corpus  *   refused=gate/unreadable server.verb=-
TRACE   /api/v1/namespaces/corpus/pods/loner      unknown         unknown  pods                                  corpus  loner  refused=gate/unreadable server.verb=-
`,
  ),
  ...golden(
    'objects and lists of the core group',
    '/api/v1',
    `
GET     /namespaces                               read            list     namespaces                   none    *
GET     /namespaces/corpus                        read            get      namespaces                   corpus  corpus
GET     /namespaces/corpus/                       read            get      namespaces                   corpus  corpus
HEAD    /namespaces/corpus                        read            get      namespaces                   corpus  corpus
GET     /nodes                                    read            list     nodes                        none    *
GET     /nodes/n1                                 read            get      nodes                        none    n1
GET     /persistentvolumes                        read            list     persistentvolumes            none    *
GET     /persistentvolumes/pv-1                   read            get      persistentvolumes            none    pv-1
GET     /componentstatuses                        read            list     componentstatuses            none    *
GET     /componentstatuses/etcd-0                 read            get      componentstatuses            none    etcd-0
GET     /pods                                     read            list     pods                         *       *
HEAD    /pods                                     read            list     pods                         *       *
GET     /configmaps?limit=1                       read            list     configmaps                   *       *
GET     /services                                 read            list     services                     *       *
GET     /secrets                                  sensitive_read  list     secrets                      *       *
GET     /events                                   telemetry       list     events                       *       *
GET     /pods/loner                               read            get      pods                         *       loner
`,
  ),
  ...golden(
    'objects and lists in a namespace of the core group',
    '/api/v1/namespaces/corpus',
    `
GET     /pods                                     read            list     pods                         corpus  *
GET     /pods/                                    read            list     pods                         corpus  *
HEAD    /pods                                     read            list     pods                         corpus  *
GET     /pods/loner                               read            get      pods                         corpus  loner
GET     /pods/loner/                              read            get      pods                         corpus  loner
HEAD    /pods/loner                               read            get      pods                         corpus  loner
GET     /pods/none                                read            get      pods                         corpus  none  server.name=none
GET     /configmaps                               read            list     configmaps                   corpus  *
GET     /configmaps?limit=2&continue=             read            list     configmaps                   corpus  *
GET     /configmaps/one                           read            get      configmaps                   corpus  one
GET     /configmaps/one?resourceVersion=0         read            get      configmaps                   corpus  one
GET     /secrets                                  sensitive_read  list     secrets                      corpus  *
GET     /secrets/hidden                           sensitive_read  get      secrets                      corpus  hidden
GET     /events                                   telemetry       list     events                       corpus  *
GET     /events/e.1                               telemetry       get      events                       corpus  e.1
GET     /endpoints                                read            list     endpoints                    corpus  *
GET     /limitranges                              read            list     limitranges                  corpus  *
GET     /persistentvolumeclaims/data              read            get      persistentvolumeclaims       corpus  data
GET     /podtemplates                             read            list     podtemplates                 corpus  *
GET     /replicationcontrollers                   read            list     replicationcontrollers       corpus  *
GET     /resourcequotas                           read            list     resourcequotas               corpus  *
GET     /serviceaccounts                          read            list     serviceaccounts              corpus  *
GET     /serviceaccounts/default                  read            get      serviceaccounts              corpus  default
GET     /services/front                           read            get      services                     corpus  front
GET     /unheardof                                read            list     unheardof                    corpus  *
GET     /unheardof/x                              read            get      unheardof                    corpus  x
`,
  ),
  ...golden(
    'objects and lists of other groups',
    '/apis',
    `
GET     /apps/v1/deployments                                     read       list  deployments.apps                              *       *
GET     /apps/v1/namespaces/corpus/deployments                   read       list  deployments.apps                              corpus  *
GET     /apps/v1/namespaces/corpus/deployments/web               read       get   deployments.apps                              corpus  web
GET     /apps/v1/namespaces/corpus/replicasets                   read       list  replicasets.apps                              corpus  *
GET     /apps/v1/namespaces/corpus/statefulsets/db               read       get   statefulsets.apps                             corpus  db
GET     /apps/v1/namespaces/corpus/daemonsets                    read       list  daemonsets.apps                               corpus  *
GET     /apps/v1/namespaces/corpus/controllerrevisions           read       list  controllerrevisions.apps                      corpus  *
GET     /apps/v1beta9/namespaces/corpus/deployments/web          read       get   deployments.apps                              corpus  web
GET     /batch/v1/namespaces/corpus/jobs                         read       list  jobs.batch                                    corpus  *
GET     /batch/v1/namespaces/corpus/cronjobs/nightly             read       get   cronjobs.batch                                corpus  nightly
GET     /autoscaling/v2/namespaces/corpus/horizontalpodautoscalers  read    list  horizontalpodautoscalers.autoscaling          corpus  *
GET     /policy/v1/namespaces/corpus/poddisruptionbudgets/web    read       get   poddisruptionbudgets.policy                   corpus  web
GET     /networking.k8s.io/v1/namespaces/corpus/networkpolicies  read       list  networkpolicies.networking.k8s.io             corpus  *
GET     /networking.k8s.io/v1/namespaces/corpus/ingresses/front  read       get   ingresses.networking.k8s.io                   corpus  front
GET     /networking.k8s.io/v1/ingressclasses                     read       list  ingressclasses.networking.k8s.io              none    *
GET     /rbac.authorization.k8s.io/v1/clusterroles/view          read       get   clusterroles.rbac.authorization.k8s.io        none    view
GET     /rbac.authorization.k8s.io/v1/clusterroles/system:node   read       get   clusterroles.rbac.authorization.k8s.io        none    system:node
GET     /rbac.authorization.k8s.io/v1/clusterroles/system%3Anode  read      get   clusterroles.rbac.authorization.k8s.io        none    system:node
GET     /rbac.authorization.k8s.io/v1/namespaces/corpus/rolebindings  read  list  rolebindings.rbac.authorization.k8s.io        corpus  *
GET     /coordination.k8s.io/v1/namespaces/corpus/leases         read       list  leases.coordination.k8s.io                    corpus  *
GET     /discovery.k8s.io/v1/namespaces/corpus/endpointslices    read       list  endpointslices.discovery.k8s.io               corpus  *
GET     /events.k8s.io/v1/namespaces/corpus/events               telemetry  list  events.events.k8s.io                          corpus  *
GET     /storage.k8s.io/v1/storageclasses                        read       list  storageclasses.storage.k8s.io                 none    *
GET     /storage.k8s.io/v1/namespaces/corpus/csistoragecapacities  read     list  csistoragecapacities.storage.k8s.io           corpus  *
GET     /scheduling.k8s.io/v1/priorityclasses/system-node-critical  read    get   priorityclasses.scheduling.k8s.io             none    system-node-critical
GET     /node.k8s.io/v1/runtimeclasses                           read       list  runtimeclasses.node.k8s.io                    none    *
GET     /flowcontrol.apiserver.k8s.io/v1/flowschemas             read       list  flowschemas.flowcontrol.apiserver.k8s.io      none    *
GET     /certificates.k8s.io/v1/certificatesigningrequests       read       list  certificatesigningrequests.certificates.k8s.io  none  *
GET     /admissionregistration.k8s.io/v1/validatingwebhookconfigurations  read  list  validatingwebhookconfigurations.admissionregistration.k8s.io  none  *
GET     /apiregistration.k8s.io/v1/apiservices/v1.apps           read       get   apiservices.apiregistration.k8s.io            none    v1.apps
GET     /apiextensions.k8s.io/v1/customresourcedefinitions       read       list  customresourcedefinitions.apiextensions.k8s.io  none  *
GET     /resource.k8s.io/v1/namespaces/corpus/resourceclaims     read       list  resourceclaims.resource.k8s.io                corpus  *
GET     /resource.k8s.io/v1/deviceclasses                        read       list  deviceclasses.resource.k8s.io                 none    *
`,
  ),
  ...golden(
    'watches, in all their spellings',
    '/api/v1',
    `
GET     /namespaces/corpus/configmaps?watch=1                    read            watch  configmaps   corpus  *
GET     /namespaces/corpus/configmaps?watch=true                 read            watch  configmaps   corpus  *
GET     /namespaces/corpus/configmaps?watch=True                 read            watch  configmaps   corpus  *
GET     /namespaces/corpus/configmaps?watch=                     read            watch  configmaps   corpus  *
GET     /namespaces/corpus/configmaps?watch                      read            watch  configmaps   corpus  *
GET     /namespaces/corpus/configmaps?watch=yes                  read            watch  configmaps   corpus  *
GET     /namespaces/corpus/configmaps?w%61tch=1                  read            watch  configmaps   corpus  *
GET     /namespaces/corpus/configmaps?watch=0                    read            list   configmaps   corpus  *
GET     /namespaces/corpus/configmaps?watch=false                read            list   configmaps   corpus  *
GET     /namespaces/corpus/configmaps?watch=FALSE                read            list   configmaps   corpus  *
GET     /namespaces/corpus/configmaps?Watch=1                    read            list   configmaps   corpus  *
GET     /namespaces/corpus/configmaps?watch=1&fieldSelector=metadata.name%3Done  read  watch  configmaps  corpus  one
GET     /namespaces/corpus/configmaps?watch=1&allowWatchBookmarks=true&resourceVersion=0  read  watch  configmaps  corpus  *
GET     /namespaces/corpus/configmaps/one?watch=1                read            get    configmaps   corpus  one
GET     /watch/namespaces/corpus/configmaps                      read            watch  configmaps   corpus  *
GET     /watch/namespaces/corpus/configmaps/one                  read            watch  configmaps   corpus  one
GET     /watch/namespaces/corpus/secrets                         sensitive_read  watch  secrets      corpus  *
GET     /watch/namespaces                                        read            watch  namespaces   none    *
GET     /watch/namespaces/corpus                                 read            watch  namespaces   corpus  corpus
GET     /watch/configmaps                                        read            watch  configmaps   *       *
GET     /watch/nodes/n1                                          read            watch  nodes        none    n1
GET     /namespaces/corpus/watch/one                             read            get    watch        corpus  one
GET     /secrets?watch=1                                         sensitive_read  watch  secrets      *       *
GET     /events?watch=1                                          telemetry       watch  events       *       *
GET     /namespaces?watch=true                                   read            watch  namespaces   none    *
HEAD    /namespaces/corpus/configmaps?watch=1                    read            watch  configmaps   corpus  *
POST    /watch/namespaces/corpus/configmaps                      unknown         watch  configmaps   corpus  *    refused=gate/unreadable
DELETE  /watch/namespaces/corpus/configmaps                      unknown         watch  configmaps   corpus  *    refused=gate/unreadable
GET     /watch                                                   unknown         get    unknown      *       *    refused=gate/unreadable server=-
`,
  ),
  ...golden(
    'watches of other groups',
    '/apis',
    `
GET     /apps/v1/namespaces/corpus/deployments?watch=1           read            watch  deployments.apps   corpus  *
GET     /apps/v1/watch/namespaces/corpus/deployments/web         read            watch  deployments.apps   corpus  web
GET     /apps/v1/watch/deployments                               read            watch  deployments.apps   *       *
GET     /batch/v1/jobs?watch=true                                read            watch  jobs.batch         *       *
`,
  ),
  ...golden(
    'selectors: a field selector that asks for one name names the object, and the server keeps the rest out of its log',
    '/api/v1/namespaces/corpus',
    `
GET     /configmaps?labelSelector=app%3Dweb                                           read  list  configmaps  corpus  *
GET     /configmaps?labelSelector=app+in+(web,db)                                     read  list  configmaps  corpus  *
GET     /configmaps?fieldSelector=metadata.name%3Done                                 read  list  configmaps  corpus  one
GET     /configmaps?fieldSelector=metadata.name=one                                   read  list  configmaps  corpus  one
GET     /configmaps?fieldSelector=metadata.name%3D%3Done                              read  list  configmaps  corpus  one
GET     /configmaps?fieldSelector=metadata.name%21%3Done                              read  list  configmaps  corpus  *
GET     /configmaps?fieldSelector=metadata.namespace%3Dcorpus                         read  list  configmaps  corpus  *
GET     /configmaps?fieldSelector=metadata.namespace%3Dcorpus%2Cmetadata.name%3Done   read  list  configmaps  corpus  one
GET     /configmaps?fieldSelector=metadata.name%3Done%2Cmetadata.name%3Dtwo           read  list  configmaps  corpus  one
GET     /configmaps?fieldSelector=metadata.name%3D                                    read  list  configmaps  corpus  *
GET     /configmaps?fieldSelector=metadata.name%3Da%252Fb                             read  list  configmaps  corpus  *
GET     /configmaps?fieldSelector=metadata.name%3Da%5C%2Cb                            read  list  configmaps  corpus  a,b
GET     /configmaps?fieldSelector=metadata.name                                       read  list  configmaps  corpus  *
GET     /configmaps?fieldSelector=                                                    read  list  configmaps  corpus  *
GET     /configmaps?fieldSelector=metadata.name%3Done&limit=x                         read  list  configmaps  corpus  *
GET     /configmaps?fieldselector=metadata.name%3Done                                 read  list  configmaps  corpus  *
GET     /configmaps/one?fieldSelector=metadata.name%3Dtwo                             read  get   configmaps  corpus  one
GET     /pods?fieldSelector=spec.nodeName%3Dn1                                        read  list  pods        corpus  *
`,
  ),
];
