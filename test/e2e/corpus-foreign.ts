import { golden } from './corpus-table.ts';

/** What Kubernetes does not serve itself: definitions, their objects, and an aggregated API whose server is away. */
export const FOREIGN = [
  ...golden(
    'custom resources',
    '/apis/corpus.example/v1',
    `
GET     /widgets                                   read    list              widgets.corpus.example          *       *
GET     /namespaces/corpus/widgets                 read    list              widgets.corpus.example          corpus  *
GET     /namespaces/corpus/widgets?watch=1         read    watch             widgets.corpus.example          corpus  *
GET     /namespaces/corpus/widgets/w               read    get               widgets.corpus.example          corpus  w
GET     /namespaces/corpus/widgets/w/status        read    get               widgets.corpus.example/status   corpus  w
GET     /namespaces/corpus/widgets/w/scale         read    get               widgets.corpus.example/scale    corpus  w
POST    /namespaces/corpus/widgets                 write   create            widgets.corpus.example          corpus  new-w   body=widget:new-w
POST    /namespaces/corpus/widgets?dryRun=All      write   create            widgets.corpus.example          corpus  dry-w   body=widget:dry-w
PUT     /namespaces/corpus/widgets/nothing         write   update            widgets.corpus.example          corpus  nothing  body=widget:nothing
PATCH   /namespaces/corpus/widgets/w               write   patch             widgets.corpus.example          corpus  w       body=labelled type=merge
PATCH   /namespaces/corpus/widgets/w/status        write   patch             widgets.corpus.example/status   corpus  w       body=labelled type=merge
PATCH   /namespaces/corpus/widgets/w/scale         write   patch             widgets.corpus.example/scale    corpus  w       body=replicas type=merge
DELETE  /namespaces/corpus/widgets/gone            delete  delete            widgets.corpus.example          corpus  gone
DELETE  /namespaces/corpus/widgets?labelSelector=gone%3Dyes  delete  deletecollection  widgets.corpus.example  corpus  *
`,
  ),
  ...golden(
    'custom resources outside namespaces: only the server knows that they are, so the gate takes them to span all',
    '/apis/corpus.example/v1',
    `
GET     /gadgets                                   read    list              gadgets.corpus.example          *       *
GET     /gadgets/g                                 read    get               gadgets.corpus.example          *       g
GET     /watch/gadgets                             read    watch             gadgets.corpus.example          *       *
POST    /gadgets                                   write   create            gadgets.corpus.example          *       new-g   body=gadget:new-g
PATCH   /gadgets/g                                 write   patch             gadgets.corpus.example          *       g       body=labelled type=merge
DELETE  /gadgets/gone                              delete  delete            gadgets.corpus.example          *       gone
GET     /namespaces/corpus/gadgets                 read    list              gadgets.corpus.example          corpus  *
GET     /namespaces/corpus/gadgets/g               read    get               gadgets.corpus.example          corpus  g
DELETE  /namespaces/corpus/gadgets/g               delete  delete            gadgets.corpus.example          corpus  g
`,
  ),
  ...golden(
    'definitions',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    `
GET     /widgets.corpus.example                    read    get               customresourcedefinitions.apiextensions.k8s.io  none  widgets.corpus.example
GET     /widgets.corpus.example/status             read    get               customresourcedefinitions.apiextensions.k8s.io/status  none  widgets.corpus.example
PATCH   /widgets.corpus.example                    write   patch             customresourcedefinitions.apiextensions.k8s.io  none  widgets.corpus.example  body=labelled type=merge
DELETE  /nothing.corpus.example                    delete  delete            customresourcedefinitions.apiextensions.k8s.io  none  nothing.corpus.example
`,
  ),
  ...golden(
    'an aggregated API whose server is away, and one that nobody registered',
    '/apis',
    `
GET     /away.corpus.example/v1                    discovery  get            /apis/away.corpus.example/v1    none    none
GET     /away.corpus.example/v1/namespaces/corpus/things      read    list   things.away.corpus.example      corpus  *
GET     /away.corpus.example/v1/namespaces/corpus/things/t    read    get    things.away.corpus.example      corpus  t
PATCH   /away.corpus.example/v1/namespaces/corpus/things/t    write   patch  things.away.corpus.example      corpus  t       body=labelled type=merge
DELETE  /away.corpus.example/v1/namespaces/corpus/things/t    delete  delete  things.away.corpus.example     corpus  t
GET     /away.corpus.example/v1/namespaces/corpus/things/t/parts/p  read  get  things.away.corpus.example/parts  corpus  t
GET     /metrics.k8s.io/v1beta1/nodes                         telemetry  list  nodes.metrics.k8s.io          *       *
GET     /metrics.k8s.io/v1beta1/namespaces/corpus/pods/loner  telemetry  get   pods.metrics.k8s.io           corpus  loner
GET     /custom.metrics.k8s.io/v1beta1/namespaces/corpus/pods/loner/http_requests  telemetry  get  pods.custom.metrics.k8s.io/http_requests  corpus  loner
GET     /custom.metrics.k8s.io/v1beta1/namespaces/corpus/deployments.apps/web/http_requests  telemetry  get  deployments.apps.custom.metrics.k8s.io/http_requests  corpus  web  server.resource=deployments.apps server.group=custom.metrics.k8s.io
GET     /external.metrics.k8s.io/v1beta1/namespaces/corpus/queue.length  telemetry  list  queue.length.external.metrics.k8s.io  corpus  *  server.resource=queue.length server.group=external.metrics.k8s.io
GET     /custom.metrics.k8s.io/v1beta1/namespaces/corpus/pods/*/http_requests  telemetry  get  pods.custom.metrics.k8s.io/http_requests  corpus  *  refused=gate/unreadable server.name=*
`,
  ),
];
