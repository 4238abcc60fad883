import * as React from "react";

interface Props {
  title: string;
}

// A card.
export function Card({ title }: Props): JSX.Element {
  const [open, setOpen] = React.useState<boolean>(false);
  return (
    <div className="card" onClick={() => setOpen(!open)}>
      <h1>{title}</h1>
      {open ? <p>Open</p> : null}
    </div>
  );
}

export class Panel extends React.Component<Props> {
  render() {
    return <Card title={this.props.title} />;
  }
}
