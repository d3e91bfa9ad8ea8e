import '../../polyfill.js'
import '../../styles/base.css'
import './wall.css'
import { createApp, effectScope } from 'vue'
import WallPage from './WallPage.vue'
import { createWall, wallKey } from './store/wall'

void import('../../styles/fonts')
const wall = effectScope().run(() => createWall(new URLSearchParams(location.search)))!
document.documentElement.lang = wall.lang === 'zh' ? 'zh-CN' : 'en'
createApp(WallPage).provide(wallKey, wall).mount('#app')
