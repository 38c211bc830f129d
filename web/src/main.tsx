/** Where it begins. */

import { render } from "preact";
import { App } from "./model/app.ts";
import { Root } from "./root.tsx";
import "./style.css";
import "./photos.css";

render(<Root app={new App()} />, document.getElementById("app")!);
