import {
  Chart,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  ScatterController,
  Tooltip,
} from 'chart.js'

Chart.register(LinearScale, LineController, LineElement, PointElement, ScatterController, Tooltip)
Chart.defaults.animation = false
Chart.defaults.maintainAspectRatio = false

export { Chart }
