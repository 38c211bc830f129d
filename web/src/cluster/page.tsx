export default function ClusterPage() {
  return <p>soon</p>;
}
