import { golden } from './corpus-table.ts';

/** What changes objects: creates, updates, the patch types, deletes, all of them also as dry runs. */
export const CHANGES = [
  ...golden(
    'creates, which are named by their bodies',
    '/api/v1/namespaces/corpus',
    `
POST    /configmaps                                       write       create  configmaps              corpus  new-1     body=configMap:new-1
POST    /configmaps/                                      write       create  configmaps              corpus  new-2     body=configMap:new-2
POST    /configmaps?dryRun=All                            write       create  configmaps              corpus  new-3     body=configMap:new-3
POST    /configmaps?fieldManager=kubectl&fieldValidation=Strict  write  create  configmaps            corpus  new-4     body=configMap:new-4
POST    /configmaps                                       write       create  configmaps              corpus  new-5     body=placed:new-5
POST    /configmaps                                       write       create  configmaps              corpus  none      body=generated:new-
POST    /pods                                             write       create  pods                    corpus  new-pod   body=pod:new-pod
POST    /services                                         write       create  services                corpus  new-svc   body=service:new-svc
POST    /serviceaccounts                                  write       create  serviceaccounts         corpus  new-sa    body=object:ServiceAccount,new-sa
POST    /secrets                                          credential  create  secrets                 corpus  new-secret  body=secret:new-secret refused=authority/credentials server.name=-
POST    /secrets?dryRun=All                               credential  create  secrets                 corpus  dry-secret  body=secret:dry-secret refused=authority/credentials server.name=-
POST    /events                                           write       create  events                  corpus  new.event  body=event:new.event
POST    /resourcequotas                                   write       create  resourcequotas          corpus  new-quota  body=quota:new-quota
POST    /unheardof                                        write       create  unheardof               corpus  x         body=configMap:x server.name=-
`,
  ),
  ...golden(
    'creates elsewhere',
    '',
    `
POST    /api/v1/namespaces                                write       create  namespaces              corpus-new  corpus-new  body=object:Namespace,corpus-new server.namespace=-
POST    /api/v1/namespaces?dryRun=All                     write       create  namespaces              corpus-dry  corpus-dry  body=object:Namespace,corpus-dry server.namespace=-
POST    /api/v1/nodes?dryRun=All                          write       create  nodes                   none    corpus-node  body=object:Node,corpus-node
POST    /apis/apps/v1/namespaces/corpus/deployments       write       create  deployments.apps        corpus  new-web   body=deployment:new-web
POST    /apis/batch/v1/namespaces/corpus/jobs             write       create  jobs.batch              corpus  new-job   body=job:new-job
POST    /apis/policy/v1/namespaces/corpus/poddisruptionbudgets  write  create  poddisruptionbudgets.policy  corpus  new-pdb  body=budget:new-pdb
POST    /apis/networking.k8s.io/v1/namespaces/corpus/networkpolicies  write  create  networkpolicies.networking.k8s.io  corpus  new-policy  body=networkPolicy:new-policy
POST    /api/v1/configmaps                                write       create  configmaps              *       new-6     body=configMap:new-6 server.name=-
POST    /api/v1/namespaces/corpus-missing/configmaps      write       create  configmaps              corpus-missing  new-7  body=configMap:new-7
`,
  ),
  ...golden(
    'updates and patches',
    '/api/v1/namespaces/corpus',
    `
PUT     /configmaps/one                                   write       update  configmaps              corpus  one       body=configMap:one
PUT     /configmaps/one/                                  write       update  configmaps              corpus  one       body=configMap:one
PUT     /configmaps/one?dryRun=All                        write       update  configmaps              corpus  one       body=configMap:one
PUT     /configmaps/nothing                               write       update  configmaps              corpus  nothing   body=configMap:nothing
PUT     /secrets/hidden                                   credential  update  secrets                 corpus  hidden    body=secret:hidden refused=authority/credentials
PATCH   /configmaps/one                                   write       patch   configmaps              corpus  one       body=colour:green type=merge
PATCH   /configmaps/one                                   write       patch   configmaps              corpus  one       body=colour:brown type=strategic
PATCH   /configmaps/one                                   write       patch   configmaps              corpus  one       body=jsonPatch type=json
PATCH   /configmaps/one?dryRun=All                        write       patch   configmaps              corpus  one       body=colour:black type=merge
PATCH   /configmaps/applied?fieldManager=corpus&force=true  write     patch   configmaps              corpus  applied   body=configMap:applied type=apply
PATCH   /configmaps/nothing                               write       patch   configmaps              corpus  nothing   body=colour:red type=merge
PATCH   /secrets/hidden                                   credential  patch   secrets                 corpus  hidden    body=labelled type=merge refused=authority/credentials
PATCH   /pods/loner                                       write       patch   pods                    corpus  loner     body=labelled type=merge
PATCH   /services/front                                   write       patch   services                corpus  front     body=labelled type=strategic
PATCH   /serviceaccounts/default                          write       patch   serviceaccounts         corpus  default   body=labelled type=merge
`,
  ),
  ...golden(
    'updates and patches elsewhere',
    '',
    `
PATCH   /api/v1/namespaces/corpus                         write       patch   namespaces              corpus  corpus    body=labelled type=merge
PUT     /api/v1/namespaces/corpus-missing                 write       update  namespaces              corpus-missing  corpus-missing  body=object:Namespace,corpus-missing
PATCH   /api/v1/nodes/n1                                  write       patch   nodes                   none    n1        body=labelled type=strategic
PATCH   /apis/apps/v1/namespaces/corpus/deployments/web   write       patch   deployments.apps        corpus  web       body=labelled type=strategic
PUT     /apis/apps/v1/namespaces/corpus/deployments/web   write       update  deployments.apps        corpus  web       body=deployment:web
PATCH   /apis/batch/v1/namespaces/corpus/cronjobs/nightly  write      patch   cronjobs.batch          corpus  nightly   body=labelled type=merge
PATCH   /apis/autoscaling/v2/namespaces/corpus/horizontalpodautoscalers/web  write  patch  horizontalpodautoscalers.autoscaling  corpus  web  body=labelled type=merge
PATCH   /api/v1/pods/loner                                write       patch   pods                    *       loner     body=labelled type=merge
`,
  ),
  ...golden(
    'deletes',
    '/api/v1/namespaces/corpus',
    `
DELETE  /configmaps/gone-1                                delete      delete  configmaps              corpus  gone-1
DELETE  /configmaps/gone-2                                delete      delete  configmaps              corpus  gone-2    body=deleteOptions:Background
DELETE  /configmaps/gone-3?propagationPolicy=Orphan&gracePeriodSeconds=0  delete  delete  configmaps  corpus  gone-3
DELETE  /configmaps/one?dryRun=All                        delete      delete  configmaps              corpus  one
DELETE  /configmaps/one                                   delete      delete  configmaps              corpus  one       body=dryDelete
DELETE  /configmaps/gone-4?dryRun=All                     delete      delete  configmaps              corpus  gone-4    body=deleteOptions:Background
DELETE  /configmaps/nothing                               delete      delete  configmaps              corpus  nothing
DELETE  /pods/gone                                        delete      delete  pods                    corpus  gone
DELETE  /secrets/gone                                     credential  delete  secrets                 corpus  gone refused=authority/credentials
DELETE  /configmaps?labelSelector=gone%3Dyes              delete      deletecollection  configmaps    corpus  *
DELETE  /configmaps?labelSelector=gone%3Dyes&dryRun=All   delete      deletecollection  configmaps    corpus  *
DELETE  /configmaps?fieldSelector=metadata.name%3Dnothing  delete     deletecollection  configmaps    corpus  *
DELETE  /replicationcontrollers                           delete      deletecollection  replicationcontrollers  corpus  *
DELETE  /replicationcontrollers/                          delete      deletecollection  replicationcontrollers  corpus  *
DELETE  /replicationcontrollers?watch=1                   delete      deletecollection  replicationcontrollers  corpus  *
DELETE  /secrets?dryRun=All                               credential  deletecollection  secrets       corpus  * refused=authority/credentials
`,
  ),
  ...golden(
    'deletes elsewhere',
    '',
    `
DELETE  /api/v1/namespaces/corpus-gone                    delete      delete  namespaces              corpus-gone  corpus-gone
DELETE  /api/v1/namespaces/corpus?dryRun=All              delete      delete  namespaces              corpus  corpus
DELETE  /api/v1/nodes/n-gone                              delete      delete  nodes                   none    n-gone
DELETE  /api/v1/nodes?dryRun=All                          delete      deletecollection  nodes         none    *
DELETE  /api/v1/namespaces?dryRun=All                     delete      deletecollection  namespaces    none    *
DELETE  /api/v1/pods?dryRun=All                           delete      deletecollection  pods          *       *
DELETE  /apis/apps/v1/namespaces/corpus/deployments/gone  delete      delete  deployments.apps        corpus  gone
DELETE  /apis/apps/v1/namespaces/corpus/statefulsets      delete      deletecollection  statefulsets.apps  corpus  *
DELETE  /apis/batch/v1/namespaces/corpus/jobs/gone?propagationPolicy=Background  delete  delete  jobs.batch  corpus  gone
DELETE  /apis/networking.k8s.io/v1/namespaces/corpus/ingresses/gone  delete  delete  ingresses.networking.k8s.io  corpus  gone
DELETE  /apis/storage.k8s.io/v1/storageclasses/gone       delete      delete  storageclasses.storage.k8s.io  none  gone
`,
  ),
  ...golden(
    'what an agent never changes: who may do what',
    '',
    `
POST    /apis/rbac.authorization.k8s.io/v1/namespaces/corpus/roles  authority  create  roles.rbac.authorization.k8s.io  corpus  r  body=role:r refused=authority/reserved server.name=-
PATCH   /apis/rbac.authorization.k8s.io/v1/clusterroles/view  authority  patch  clusterroles.rbac.authorization.k8s.io  none  view  body=labelled type=merge refused=authority/reserved
DELETE  /apis/rbac.authorization.k8s.io/v1/clusterrolebindings/x  authority  delete  clusterrolebindings.rbac.authorization.k8s.io  none  x  refused=authority/reserved
DELETE  /apis/rbac.authorization.k8s.io/v1/namespaces/corpus/rolebindings  authority  deletecollection  rolebindings.rbac.authorization.k8s.io  corpus  *  refused=authority/reserved
DELETE  /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/x  authority  delete  validatingwebhookconfigurations.admissionregistration.k8s.io  none  x  refused=authority/reserved
DELETE  /apis/apiregistration.k8s.io/v1/apiservices/v1.nothing  authority  delete  apiservices.apiregistration.k8s.io  none  v1.nothing  refused=authority/reserved
DELETE  /apis/certificates.k8s.io/v1beta1/clustertrustbundles/x  authority  delete  clustertrustbundles.certificates.k8s.io  none  x  refused=authority/reserved
`,
  ),
];
