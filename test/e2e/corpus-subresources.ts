import { golden } from './corpus-table.ts';

/**
 * Subresources, ways into programs and reviews. To the server a way into a program is whatever its method says; the gate
 * calls it `connect`.
 */
export const SUBRESOURCES = [
  ...golden(
    'status, scale and what else belongs to an object',
    '/api/v1/namespaces/corpus',
    `
GET     /pods/loner/status                     read        get     pods/status                    corpus  loner
PATCH   /pods/loner/status                     write       patch   pods/status                    corpus  loner   body=labelled type=merge
PUT     /services/front/status                 write       update  services/status                corpus  front   body=service:front
GET     /pods/loner/log                        read        get     pods/log                       corpus  loner
GET     /pods/loner/log?container=web&tailLines=1&previous=true  read  get  pods/log              corpus  loner
GET     /pods/loner/log?follow=true            read        get     pods/log                       corpus  loner
GET     /pods/loner/ephemeralcontainers        read        get     pods/ephemeralcontainers       corpus  loner
PATCH   /pods/loner/ephemeralcontainers        write       patch   pods/ephemeralcontainers       corpus  loner   body=labelled type=strategic
PATCH   /pods/loner/resize                     write       patch   pods/resize                    corpus  loner   body=labelled type=strategic
POST    /pods/gone/eviction                    delete      create  pods/eviction                  corpus  gone    body=eviction:gone
POST    /pods/gone/eviction?dryRun=All         delete      create  pods/eviction                  corpus  gone    body=eviction:gone
POST    /pods/gone/binding                     write       create  pods/binding                   corpus  gone    body=binding:gone
POST    /bindings                              write       create  bindings                       corpus  gone    body=binding:gone
POST    /serviceaccounts/default/token         credential  create  serviceaccounts/token          corpus  default  body=tokenRequest refused=authority/credentials
POST    /serviceaccounts/gone/token            credential  create  serviceaccounts/token          corpus  gone    body=tokenRequest refused=authority/credentials
GET     /replicationcontrollers/rc/scale       read        get     replicationcontrollers/scale   corpus  rc
GET     /pods/loner/unheardof                  read        get     pods/unheardof                 corpus  loner
GET     /configmaps/one/a/b/c                  read        get     configmaps/a                   corpus  one
`,
  ),
  ...golden(
    'subresources elsewhere',
    '',
    `
GET     /api/v1/namespaces/corpus/status                  read   get     namespaces/status              corpus  corpus
PUT     /api/v1/namespaces/corpus-missing/status          write  update  namespaces/status              corpus-missing  corpus-missing  body=object:Namespace,corpus-missing
PUT     /api/v1/namespaces/corpus-missing/finalize        write  update  namespaces/finalize            corpus-missing  corpus-missing  body=object:Namespace,corpus-missing
GET     /api/v1/namespaces/corpus/statuses                read   list    statuses                       corpus  *
GET     /api/v1/nodes/n1/status                           read   get     nodes/status                   none    n1
PATCH   /api/v1/nodes/n1/status                           write  patch   nodes/status                   none    n1      body=labelled type=merge
GET     /api/v1/persistentvolumes/pv-1/status             read   get     persistentvolumes/status       none    pv-1
GET     /apis/apps/v1/namespaces/corpus/deployments/web/scale      read   get     deployments.apps/scale    corpus  web
PUT     /apis/apps/v1/namespaces/corpus/deployments/web/scale      write  update  deployments.apps/scale    corpus  web  body=scale:web
PATCH   /apis/apps/v1/namespaces/corpus/deployments/web/scale      write  patch   deployments.apps/scale    corpus  web  body=replicas type=merge
PATCH   /apis/apps/v1/namespaces/corpus/statefulsets/db/scale      write  patch   statefulsets.apps/scale   corpus  db   body=replicas type=merge
GET     /apis/apps/v1/namespaces/corpus/deployments/web/status     read   get     deployments.apps/status   corpus  web
PATCH   /apis/apps/v1/namespaces/corpus/deployments/web/status     write  patch   deployments.apps/status   corpus  web  body=labelled type=merge
GET     /apis/batch/v1/namespaces/corpus/jobs/j/status             read   get     jobs.batch/status         corpus  j
PATCH   /apis/policy/v1/namespaces/corpus/poddisruptionbudgets/web/status  write  patch  poddisruptionbudgets.policy/status  corpus  web  body=labelled type=merge
PUT     /apis/certificates.k8s.io/v1/certificatesigningrequests/csr/approval  credential  update  certificatesigningrequests.certificates.k8s.io/approval  none  csr  body=signing:csr refused=authority/credentials
PATCH   /apis/certificates.k8s.io/v1/certificatesigningrequests/csr/status    credential  patch   certificatesigningrequests.certificates.k8s.io/status    none  csr  body=labelled type=merge refused=authority/credentials
POST    /apis/certificates.k8s.io/v1/certificatesigningrequests    credential  create  certificatesigningrequests.certificates.k8s.io  none  csr  body=signing:csr server.name=- refused=authority/credentials
`,
  ),
  ...golden(
    'ways into programs',
    '/api/v1/namespaces/corpus',
    `
GET     /pods/loner/exec?command=date                    connect         connect  pods/exec         corpus  loner   refused=gate/unreadable server.verb=get
POST    /pods/loner/exec?command=sh&command=-c&stdin=true  connect       connect  pods/exec         corpus  loner   refused=gate/unreadable server.verb=create
GET     /pods/loner/attach?container=web&stdin=true      connect         connect  pods/attach       corpus  loner   refused=gate/unreadable server.verb=get
POST    /pods/loner/attach?tty=true                      connect         connect  pods/attach       corpus  loner   refused=gate/unreadable server.verb=create
GET     /pods/loner/portforward?ports=80&ports=443       connect         connect  pods/portforward  corpus  loner   refused=gate/unreadable server.verb=get
POST    /pods/loner/portforward                          connect         connect  pods/portforward  corpus  loner   refused=gate/unreadable server.verb=create
GET     /pods/loner/proxy                                sensitive_read  connect  pods/proxy        corpus  loner   server.verb=get
GET     /pods/loner/proxy/metrics                        sensitive_read  connect  pods/proxy        corpus  loner   server.verb=get
GET     /pods/loner:8080/proxy/a/b?c=d                   sensitive_read  connect  pods/proxy        corpus  loner:8080  server.verb=get
GET     /services/https:front:443/proxy/                 sensitive_read  connect  services/proxy    corpus  https:front:443  server.verb=get
HEAD    /services/front/proxy/health                     sensitive_read  connect  services/proxy    corpus  front   server.verb=get
POST    /services/front/proxy/orders                     connect         connect  services/proxy    corpus  front   server.verb=create
DELETE  /services/front/proxy/orders/1                   connect         connect  services/proxy    corpus  front   server.verb=delete
PUT     /pods/loner/proxy/orders/1                       connect         connect  pods/proxy        corpus  loner   server.verb=update
`,
  ),
  ...golden(
    'ways into programs, by an upgrade of the connection',
    '/api/v1/namespaces/corpus',
    `
GET     /pods/loner/exec?command=date&stdout=true        connect  connect  pods/exec         corpus  loner   upgrade=websocket server.verb=get
POST    /pods/loner/exec?command=date&stdout=true        connect  connect  pods/exec         corpus  loner   upgrade=SPDY/3.1 server.verb=create
GET     /pods/loner/attach?stdout=true                   connect  connect  pods/attach       corpus  loner   upgrade=websocket server.verb=get
POST    /pods/loner/attach?stdout=true                   connect  connect  pods/attach       corpus  loner   upgrade=SPDY/3.1 server.verb=create
GET     /pods/loner/portforward                          connect  connect  pods/portforward  corpus  loner   upgrade=websocket server.verb=get
POST    /pods/loner/portforward                          connect  connect  pods/portforward  corpus  loner   upgrade=SPDY/3.1 server.verb=create
GET     /services/front/proxy/socket                     connect  connect  services/proxy    corpus  front   upgrade=websocket server.verb=get
GET     /configmaps/one                                  connect  get      configmaps        corpus  one     upgrade=websocket refused=gate/unreadable
`,
  ),
  ...golden(
    'ways into programs, cluster-wide and by the path',
    '/api/v1',
    `
GET     /nodes/n1/proxy/metrics                          sensitive_read  connect  nodes/proxy       none    n1      server.verb=get
GET     /nodes/n1/proxy/logs/                            sensitive_read  connect  nodes/proxy       none    n1      server.verb=get
GET     /nodes/n1/proxy/exec/corpus/loner/web            connect         connect  nodes/proxy       none    n1      server.verb=get
POST    /nodes/n1/proxy/run/corpus/loner/web             connect         connect  nodes/proxy       none    n1      server.verb=create
GET     /proxy/namespaces/corpus/pods/loner/metrics      sensitive_read  connect  pods              corpus  loner   server.verb=proxy
GET     /proxy/nodes/n1/exec/corpus/loner/web            connect         connect  nodes             none    n1      server.verb=proxy
POST    /proxy/namespaces/corpus/services/front/orders   connect         connect  services          corpus  front   server.verb=proxy
`,
  ),
  ...golden(
    'questions that are asked with POST',
    '/apis',
    `
POST    /authorization.k8s.io/v1/selfsubjectaccessreviews    read            create  selfsubjectaccessreviews.authorization.k8s.io  none  none  body=review:SelfSubjectAccessReview
POST    /authorization.k8s.io/v1/selfsubjectrulesreviews     read            create  selfsubjectrulesreviews.authorization.k8s.io   none  none  body=rules
POST    /authentication.k8s.io/v1/selfsubjectreviews         read            create  selfsubjectreviews.authentication.k8s.io       none  none  body=whoami
POST    /authorization.k8s.io/v1/subjectaccessreviews        sensitive_read  create  subjectaccessreviews.authorization.k8s.io      none  none  body=review:SubjectAccessReview
POST    /authorization.k8s.io/v1/namespaces/corpus/localsubjectaccessreviews  sensitive_read  create  localsubjectaccessreviews.authorization.k8s.io  corpus  none  body=review:LocalSubjectAccessReview
POST    /authentication.k8s.io/v1/tokenreviews               sensitive_read  create  tokenreviews.authentication.k8s.io             none  none  body=tokenReview
GET     /authorization.k8s.io/v1/selfsubjectaccessreviews    read            list    selfsubjectaccessreviews.authorization.k8s.io  none  *
`,
  ),
];
