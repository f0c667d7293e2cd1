// What the test's cluster is made of. A change of any of these names another folder of the cache, so it is built anew.
/** 1.33 is the last one whose kubelet takes a machine with the first version of control groups without being asked twice. */
export const KUBERNETES_VERSION = '1.33.13';
export const KEDA_VERSION = '2.20.2';
export const COREDNS_VERSION = '1.14.5';

export const CLUSTER_ENTRY = `cluster-kubernetes-${KUBERNETES_VERSION}-keda-${KEDA_VERSION}-coredns-${COREDNS_VERSION}`;

/** Whose definitions of PodMonitor and PrometheusRule the monitoring component is held to. */
export const PROMETHEUS_OPERATOR_VERSION = '0.85.0';
export const PROMETHEUS_KINDS_ENTRY = `prometheus-kinds-${PROMETHEUS_OPERATOR_VERSION}`;
